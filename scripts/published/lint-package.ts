import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** Ways of resolution that packages of ES modules alone need not support. */
const IGNORED = ['node10', 'node16-cjs'];

/** What publint finds in a packed package, a line each. */
export async function lintPackage(tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const { messages, pkg } = await publint({ pack: { tarball: tarball.slice().buffer }, strict: true });
  return messages.map((message) => `${message.type}: ${formatMessage(message, pkg)}`);
}

/** What Are The Types Wrong finds in the declarations of a packed package. */
export async function typeProblems(tarball: Uint8Array<ArrayBuffer>): Promise<string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  if (!analysis.types) return ['no types'];
  return analysis.problems
    .filter((problem) => !('resolutionKind' in problem && IGNORED.includes(problem.resolutionKind)))
    .map((problem) => JSON.stringify(problem));
}

// `npm run check:packages`: publint and Are The Types Wrong over the packed packages, all in one process.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

const packages = fileURLToPath(new URL('../packages/', import.meta.url));

/** Resolutions that packages of ES modules alone need not support. */
const IGNORED = ['node10', 'node16-cjs'];

/** Packages with a command and nothing to import. */
const UNTYPED = ['glip-cli'];

const problems = await problemsOf(readdirSync(packages));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

async function problemsOf(names) {
  const folder = mkdtempSync(join(tmpdir(), 'glip-packed-'));
  try {
    const found = [];
    for (const [i, tarball] of (await pack(names, folder)).entries()) {
      const name = names[i];
      const told = [...(await lint(tarball)), ...(UNTYPED.includes(name) ? [] : await typeProblems(tarball))];
      found.push(...told.map((text) => `${name}: ${text}`));
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The tarballs that npm would publish, in the order of `names`. */
async function pack(names, folder) {
  const workspaces = names.map((name) => `-w=packages/${name}`);
  const { stdout } = await promisify(execFile)(
    'npm',
    ['pack', '--json', '--pack-destination', folder, ...workspaces],
    { cwd: join(packages, '..'), maxBuffer: 1e8 },
  );
  const packed = JSON.parse(stdout);
  return names.map((name) => {
    const { filename } = packed.find((one) => one.name === `@glip-wgpu/${name}`);
    return readFileSync(join(folder, filename));
  });
}

async function lint(tarball) {
  const { messages, pkg } = await publint({ pack: { tarball: toArrayBuffer(tarball) }, strict: true });
  return messages.map((message) => `${message.type}: ${formatMessage(message, pkg)}`);
}

async function typeProblems(tarball) {
  const { types, problems } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!types) return ['no types'];
  return problems
    .filter(({ resolutionKind }) => !IGNORED.includes(resolutionKind))
    .map((problem) => `types: ${JSON.stringify(problem)}`);
}

function toArrayBuffer({ buffer, byteOffset, byteLength }) {
  return buffer.slice(byteOffset, byteOffset + byteLength);
}

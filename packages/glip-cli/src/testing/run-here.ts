import { vi } from 'vitest';
import { explain, runCommand } from '../run-command.ts';
import { type Outcome, WITHOUT_PROGRESS } from './run-glip.ts';

Object.assign(process.env, WITHOUT_PROGRESS);
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command in this process, from source, after those that run already: a test otherwise spends half of its time on starting
 * two programs. Some of each kind are run as built, by `runGlip`.
 *
 * @param args  a list, or a text that is split at spaces
 */
export function runHere(args: string | readonly string[], cwd = process.cwd()): Promise<Outcome> {
  const outcome = last.then(() => run(typeof args === 'string' ? args.split(' ') : args, cwd));
  last = outcome.catch(() => {});
  return outcome;
}

async function run(args: readonly string[], cwd: string): Promise<Outcome> {
  const before = process.cwd();
  const [out, err] = [process.stdout, process.stderr].map((stream) => {
    const spy = vi.spyOn(stream, 'write').mockReturnValue(true);
    return { spy, text: () => spy.mock.calls.map(([text]) => String(text)).join('') };
  });
  process.chdir(cwd);
  process.exitCode = undefined;
  try {
    const code = await runCommand(args).then(() => Number(process.exitCode ?? 0), explain);
    return { code, out: out.text(), err: err.text().trim() };
  } finally {
    process.chdir(before);
    process.exitCode = undefined;
    for (const { spy } of [out, err]) spy.mockRestore();
  }
}

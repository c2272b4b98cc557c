import { vi } from 'vitest';
import { explain, runCommand } from '../run-command.ts';
import type { Outcome } from './run-glip.ts';

/**
 * Runs a command in this process, from source: for input that is refused, whose tests would otherwise spend their time on
 * starting programs. What the built program does with some of it is tested in cli.test.ts.
 *
 * @param args  a list, or a text that is split at spaces
 */
export async function runHere(args: string | readonly string[], cwd = process.cwd()): Promise<Outcome> {
  const before = process.cwd();
  const [out, err] = [process.stdout, process.stderr].map((stream) => {
    const spy = vi.spyOn(stream, 'write').mockReturnValue(true);
    return { spy, text: () => spy.mock.calls.map(([text]) => String(text)).join('') };
  });
  process.chdir(cwd);
  try {
    const code = await runCommand(typeof args === 'string' ? args.split(' ') : args).then(() => 0, explain);
    return { code, out: out.text(), err: err.text().trim() };
  } finally {
    process.chdir(before);
    for (const { spy } of [out, err]) spy.mockRestore();
  }
}

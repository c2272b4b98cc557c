import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { main } from './main.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bench-'));
  await writeFile(join(folder, 'other.json'), '{}');
});

afterAll(() => rm(folder, { recursive: true }));

it.each([
  [/suite "macro" does not exist: choose from micro, blocks, e2e, train, load and all/, ['--suite', 'macro']],
  [/samples is "-3", expected a whole number from 3 to 10000/, ['--samples=-3']],
  [/no case of micro has all words of "nothing so called"/, ['--filter', 'nothing so called']],
  [/missing\.json cannot be read: .*no such file/, ['--compare', 'FOLDER/missing.json']],
  [/other\.json is not a saved benchmark/, ['--compare', 'FOLDER/other.json']],
  [/cannot be written/, ['--json', 'FOLDER']],
  [/cannot be written/, ['--peers', '--json', 'FOLDER/other.json/a.json']],
  [/--write goes with --tune only/, ['--write']],
  [/--rounds goes with --peers or --tune only/, ['--rounds', '9']],
  [/--samples does not go with --tune/, ['--tune', '--samples', '9']],
  [/--suite does not go with --peers/, ['--peers', '--suite', 'micro']],
  [/rounds is "1", expected a whole number from 5/, ['--peers', '--rounds', '1']],
  [/rounds is "no", expected a number from 3/, ['--tune', '--rounds', 'no']],
  [/Unknown option '--fast'/, ['--fast']],
])('before anything runs it is said that %s', async (reason, args) => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  try {
    expect(await main(args.map((text) => text.replace('FOLDER', folder)))).toBe(2);
    expect(said.mock.calls.join()).toMatch(reason);
  } finally {
    said.mockRestore();
  }
});

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Recorded } from '../suites/recorded.ts';

const FILE = 'apps/bench/src/suites/recorded.json';

/** Replaces the recorded numbers of the given cases. */
export async function writeRecorded(numbers: Readonly<Record<string, Recorded>>): Promise<void> {
  const file = resolve(FILE);
  const all = { ...(JSON.parse(await readFile(file, 'utf8')) as Record<string, Recorded>), ...numbers };
  const lines = Object.keys(all)
    .sort()
    .map((id) => `  ${JSON.stringify(id)}: ${JSON.stringify(all[id])}`);
  await writeFile(file, `{\n${lines.join(',\n')}\n}\n`);
  console.log(`wrote ${FILE}: ${Object.keys(numbers).length} of ${lines.length} cases`);
}

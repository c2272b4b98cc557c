import { join } from 'node:path';
import { type FewShotSource, fewShotIds, PythonRandom } from '@glip-wgpu/datasets';
import type { Row } from '../compare.ts';
import { compareValues, readJson } from './rows.ts';

/** Few-shot subsets by seed, and the random numbers behind them. */
export function checkFewShot(
  path: string,
  name: string,
  expected: {
    readonly shuffled: Readonly<Record<string, readonly number[]>>;
    readonly unshuffled: Readonly<Record<string, readonly number[]>>;
    readonly all?: readonly number[];
    readonly python_random?: Readonly<
      Record<
        string,
        { readonly first_words: readonly number[]; readonly shuffle_of_0_to_19: readonly number[] }
      >
    >;
  },
): Row[] {
  const source = readJson<FewShotSource>(join(path, 'gt.json'));
  const rows: Row[] = [];
  for (const [key, ids] of Object.entries(expected.shuffled)) {
    const [shots, seed] = key.split('/').map(Number);
    rows.push(
      compareValues(`${name} ${shots} shots, seed ${seed}`, fewShotIds(source, shots, { seed }), ids),
    );
  }
  for (const [shots, ids] of Object.entries(expected.unshuffled)) {
    rows.push(compareValues(`${name} ${shots} shots, unshuffled`, fewShotIds(source, Number(shots)), ids));
  }
  if (expected.all) {
    const all = fewShotIds(source, Number.MAX_SAFE_INTEGER);
    rows.push(compareValues(`${name} images with boxes`, all, expected.all));
  }
  for (const [seed, { first_words, shuffle_of_0_to_19 }] of Object.entries(expected.python_random ?? {})) {
    const words = new PythonRandom(Number(seed));
    const list = shuffle_of_0_to_19.map((_, i) => i);
    new PythonRandom(Number(seed)).shuffle(list);
    rows.push(
      compareValues(
        `${name} words of seed ${seed}`,
        first_words.map(() => words.word()),
        first_words,
      ),
    );
    rows.push(compareValues(`${name} shuffle of seed ${seed}`, list, shuffle_of_0_to_19));
  }
  return rows;
}

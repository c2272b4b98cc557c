import { join } from 'node:path';
import type { Row } from '../compare.ts';
import { checkCoco } from './coco.ts';
import { checkFlickr30k } from './flickr30k.ts';
import { checkLvis } from './lvis.ts';
import { checkOdinw } from './odinw.ts';
import { readJson } from './rows.ts';

interface Index {
  readonly cases: readonly { readonly case: string }[];
}

/** True if a folder's index.json lists cases of evaluation. */
export function isEvaluation(folder: string): boolean {
  return Array.isArray(readJson<Partial<Index>>(join(folder, 'index.json')).cases);
}

const CHECKS: Readonly<Record<string, (path: string, name: string) => Row[] | Promise<Row[]>>> = {
  coco: checkCoco,
  lvis: checkLvis,
  flickr: checkFlickr30k,
  odinw: checkOdinw,
};

/** Figures of every case against those of the reference programs, one row for each. */
export async function checkEvaluation(folder: string): Promise<Row[]> {
  const { cases } = readJson<Index>(join(folder, 'index.json'));
  const rows: Row[] = [];
  for (const { case: name } of cases) {
    const check = CHECKS[name.split('/')[0]];
    const own = check ? await check(join(folder, name), name) : [];
    const nothing: Row = { name, verdict: 'FAIL', note: 'no check for this case' };
    rows.push(...(own.length > 0 ? own : [nothing]));
  }
  return rows;
}

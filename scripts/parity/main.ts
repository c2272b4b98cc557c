import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { type Row, report } from './compare.ts';
import { checkEndToEnd } from './end-to-end.ts';
import { checkEvaluation, isEvaluation } from './evaluation/index.ts';
import { checkUnits } from './units/index.ts';

/**
 * Computes what a fixture folder records and compares: `npm run parity -- DIR`. A folder with index.json holds units or
 * cases of evaluation, one with info.json a whole model.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [folder] = args;
  if (folder === undefined || args.length !== 1) {
    console.error(
      'usage: npm run parity -- DIR, a folder laid out as fixtures/units, fixtures/evaluation or fixtures/e2e_t',
    );
    return 2;
  }
  const units = existsSync(join(folder, 'index.json'));
  if (units && isEvaluation(folder)) return report(await checkEvaluation(folder));
  using device = await openDevice();
  const rows: Row[] = [];
  if (units) rows.push(...(await checkUnits(device, folder)));
  else if (existsSync(join(folder, 'info.json'))) rows.push(...(await checkEndToEnd(device, folder)));
  else {
    console.error(`${folder} has neither index.json nor info.json`);
    return 2;
  }
  return report(rows);
}

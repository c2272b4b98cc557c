import { parseArgs } from 'node:util';
import { FAULTS, type Fault } from '@glip-wgpu/tensor-wgpu/testing';
import { create, globals } from 'webgpu';
import { FaultRuns } from '../packages/glip-core/src/testing/fault-runs.ts';

const LIMIT_MS = 2000;

/**
 * Makes every GPU call of a warm and of a cold detection fail, in each way: `npm run faults [-- --stride 10]
 * [--fault throw|lost|silent|out-of-memory|validation] [--start warm|cold]`. Takes about an hour; prints wrong outcomes.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      stride: { type: 'string', default: '1' },
      fault: { type: 'string' },
      start: { type: 'string' },
    },
  });
  const faults = FAULTS.filter((fault: Fault) => !values.fault || values.fault === fault);
  const starts = (['warm', 'cold'] as const).filter((start) => !values.start || values.start === start);
  Object.assign(globalThis, globals);
  const runs = await FaultRuns.open(create([]));
  let [done, wrong] = [0, 0];
  for (const start of starts) {
    console.log(`${start}: ${runs.calls[start]} GPU calls`);
    for (const fault of faults) {
      const begin = performance.now();
      for (let at = 1; at <= runs.calls[start]; at += Number(values.stride)) {
        const problem = await runs.run(start, fault, at, LIMIT_MS);
        done += 1;
        if (!problem) continue;
        wrong += 1;
        console.log(problem);
      }
      console.log(`${start}, ${fault}: ${((performance.now() - begin) / 1000).toFixed(0)} s`);
    }
  }
  runs.dispose();
  console.log(`${done} faults, ${wrong} handled wrongly`);
  return wrong > 0 ? 1 : 0;
}

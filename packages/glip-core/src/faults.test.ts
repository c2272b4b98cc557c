import { FAULTS, testScale } from '@glip-wgpu/tensor-wgpu/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { FaultRuns } from './testing/fault-runs.ts';

Object.assign(globalThis, globals);
const dawn = create([]); // kept: Dawn aborts when it is collected

const STRIDE = { warm: 300 / testScale(), cold: 600 / testScale() } as const; // `npm run faults` takes every call
const LIMIT_MS = 20_000; // 2 s on a quiet machine: npm run faults

let runs: FaultRuns;
beforeAll(async () => {
  runs = await FaultRuns.open(dawn);
});
afterAll(() => runs.dispose());

describe.each(['warm', 'cold'] as const)('a GPU call of a %s detection that fails', (start) => {
  it.each(FAULTS)(
    'with "%s" rejects it with a DeviceError, and a reload gives the same bits',
    async (fault) => {
      const calls = runs.calls[start];
      expect(calls).toBeGreaterThan(900);
      const offset = FAULTS.indexOf(fault) * 17;
      const sample = new Set([1, 2, calls - 2, calls - 1, calls]);
      for (let at = 3 + offset; at < calls; at += STRIDE[start]) sample.add(Math.round(at));
      const problems: string[] = [];
      for (const at of sample) {
        const problem = await runs.run(start, fault, at, LIMIT_MS);
        if (problem) problems.push(problem);
      }
      expect(problems).toEqual([]);
    },
  );
});

import type { Device, Tensor } from '@glip-wgpu/tensor-wgpu';
import { NdArray } from '@glip-wgpu/tensor-wgpu/testing';
import { type Check, checkOutputs, sampledPlaces } from '../measure/sampled-check.ts';
import recorded from './recorded.json' with { type: 'json' };

/** Sampled elements of each output of a case. */
export type Recorded = readonly (readonly number[])[];

const PLACES = 24; // of each output
// Random weights let rounding grow through dozens of layers; a wrong kernel is off by tenths.
const TOLERANCE = { rtol: 1e-3, atol: 1e-6, perSize: 1e-3 };

const table: Readonly<Record<string, Recorded | undefined>> = recorded;
let keep: ((id: string, numbers: Recorded) => void) | undefined;

/** Records numbers from now on instead of comparing them: `npm run bench -- --record`. */
export function recordNumbers(to: (id: string, numbers: Recorded) => void): void {
  keep = to;
}

/** Compares with numbers recorded on software Vulkan, with the plain schedules and without subgroups. */
export async function checkRecorded(device: Device, id: string, outputs: readonly Tensor[]): Promise<Check> {
  if (keep) {
    const numbers = await device.read(outputs);
    keep(
      id,
      numbers.map((array) => sampledPlaces(array.length, PLACES).map((i) => Number(array[i].toPrecision(7)))),
    );
    return { compared: 0, of: 0, worst: 0, message: 'recorded' };
  }
  const known = table[id];
  if (!known) {
    return { compared: 0, of: 0, worst: Number.POSITIVE_INFINITY, message: `no numbers recorded for ${id}` };
  }
  const expected = outputs.map(({ shape, size }, i) => {
    const array = new NdArray(shape);
    array.data.fill(Number.NaN);
    for (const [n, place] of sampledPlaces(size, PLACES).entries()) array.data[place] = known[i]?.[n] ?? 0;
    return array;
  });
  return checkOutputs(device, outputs, expected, TOLERANCE);
}

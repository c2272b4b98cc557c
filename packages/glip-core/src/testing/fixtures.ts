import { readFileSync } from 'node:fs';
import { parseSafetensors, type SafetensorsFile } from '@glip-wgpu/tensor-wgpu';
import { expect } from 'vitest';

const folder = new URL('../../../../fixtures/', import.meta.url);

/** Tensors produced by the original implementation; fixtures/README.md. */
export function fixture(path: string): SafetensorsFile {
  return parseSafetensors(new Uint8Array(readFileSync(new URL(`${path}.safetensors`, folder))));
}

export function fixtureJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(`${path}.json`, folder), 'utf8'));
}

/** Tolerance between two f32 implementations: 50 x 4 ulp of the largest value. */
function roundingTolerance(expected: ArrayLike<number>): number {
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return 50 * 4 * 2 ** (Math.floor(Math.log2(largest)) - 23);
}

/** Expects all values within the tolerance, by default that of rounding. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = roundingTolerance(expected),
): void {
  expect(actual.length).toBe(expected.length);
  const worst = Array.from(expected).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (actual[i] ?? Number.NaN))),
    0,
  );
  expect(worst).toBeLessThanOrEqual(tolerance); // NaN fails too
}

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice, parseSafetensors, writeSafetensors } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mmdetectionForm } from '../../packages/glip-core/src/testing/mmdetection-form.ts';
import { compareExact, compareFloats, compareNorms, type Row } from './compare.ts';
import { compareDetections } from './detections.ts';
import { checkEndToEnd } from './end-to-end.ts';
import { checkEvaluation } from './evaluation/index.ts';
import { checkUnits } from './units/index.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.dispose());

const failed = (rows: readonly Row[]): Row[] => rows.filter(({ verdict }) => verdict === 'FAIL');

it('every recorded unit is computed within its noise, and its gradients', async () => {
  const rows = await checkUnits(device, 'fixtures/units');
  expect(failed(rows)).toEqual([]);
  const checked = rows.filter(({ verdict }) => verdict === 'ok');
  expect(checked.length).toBeGreaterThan(500);
  expect(checked.filter(({ name }) => / g(in|w)\./.test(name)).length).toBeGreaterThan(300);
});

it('the whole model is computed within its noise, plain and folded, with full text and real tokens', async () => {
  const rows = await checkEndToEnd(device, 'fixtures/e2e_t');
  expect(failed(rows)).toEqual([]);
  expect(rows.filter(({ verdict }) => verdict === 'ok').length).toBeGreaterThan(700);
  expect(rows.some(({ name }) => name === 'train loss.total')).toBe(true);
});

it("weights with MMDetection's names and order of patch merging give the same numbers, to the last bit", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'glip-parity-'));
  const [name, cases] = ['case3_odd', JSON.parse(readFileSync('fixtures/e2e_t/info.json', 'utf8'))];
  const rowsOf = async (weights: Uint8Array): Promise<Row[]> => {
    writeFileSync(join(folder, 'weights.safetensors'), weights);
    return checkEndToEnd(device, folder);
  };
  try {
    writeFileSync(
      join(folder, 'info.json'),
      JSON.stringify({ ...cases, train: undefined, cases: { [name]: cases.cases[name] } }),
    );
    copyFileSync(`fixtures/e2e_t/${name}.safetensors`, join(folder, `${name}.safetensors`));
    const original = new Uint8Array(readFileSync('fixtures/e2e_t/weights.safetensors'));
    const expected = await rowsOf(original);
    expect(failed(expected)).toEqual([]);
    expect(expected.length).toBeGreaterThan(100);
    const converted = mmdetectionForm(parseSafetensors(original));
    expect(await rowsOf(writeSafetensors(converted))).toEqual(expected);
    const used = converted.filter(([name]) => !name.includes('cls_logits'));
    expect(failed(await rowsOf(writeSafetensors(used)))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('all 50 cases of evaluation have the figures of the reference programs: to 1e-9, arrays to the last bit', async () => {
  const rows = await checkEvaluation('fixtures/evaluation');
  expect(failed(rows)).toEqual([]);
  expect(rows.length).toBeGreaterThan(6600);
  expect(
    rows.filter(({ name, note }) => / (precision|recall|scores)$/.test(name) && note === 'exact').length,
  ).toBeGreaterThan(200);
});

it('a difference above 50 times the noise, a NaN, or a missing element fails', () => {
  expect(compareFloats('x', [1, 2], [1, 2 + 51e-6], 1e-6).verdict).toBe('FAIL');
  expect(compareFloats('x', [1, 2], [1, 2 + 49e-6], 1e-6).verdict).toBe('ok');
  expect(compareFloats('x', [1, Number.NaN], [1, 2], 1).verdict).toBe('FAIL');
  expect(compareFloats('x', [1], [1, 2], 1).verdict).toBe('FAIL');
  expect(compareExact('x', [1, 2], [1, 3]).verdict).toBe('FAIL');
});

it('noise recorded below what rounding to f32 takes counts as half an ulp, but none at all as exact', () => {
  const ulp = 2 ** -22; // from 2 to 4
  expect(compareFloats('x', [3], [3 + 2 * ulp], 1e-9).verdict).toBe('ok');
  expect(compareFloats('x', [3], [3 + 26 * ulp], 1e-9).verdict).toBe('FAIL');
  expect(compareFloats('x', [3], [3 + ulp], 0).verdict).toBe('FAIL');
});

it('noise recorded as a norm is held against the norm of the difference', () => {
  expect(compareNorms('x', [3, 4], [3, 4 + 49e-5], 1e-5).verdict).toBe('ok');
  expect(compareNorms('x', [3, 4], [3 - 4e-4, 4 + 4e-4], 1e-5).verdict).toBe('FAIL');
  expect(compareNorms('x', [3, Number.NaN], [3, 4], 1).verdict).toBe('FAIL');
  expect(compareNorms('x', [3], [3, 4], 1).verdict).toBe('FAIL');
});

it('detections must match one to one, by label, in order', () => {
  const list = (scores: number[], labels: number[]) => ({
    boxes: scores.flatMap((_, i) => [10 * i, 0, 10 * i + 5, 5]),
    scores,
    labels,
  });
  const reference = list([0.9, 0.5], [0, 1]);
  expect(compareDetections('x', reference, reference).verdict).toBe('ok');
  expect(compareDetections('x', list([0.9], [0]), reference).verdict).toBe('FAIL');
  expect(compareDetections('x', list([0.9, 0.5], [0, 0]), reference).verdict).toBe('FAIL');
  expect(compareDetections('x', list([0.9, 0.498], [0, 1]), reference).verdict).toBe('FAIL');
  const swapped = { boxes: [10, 0, 15, 5, 0, 0, 5, 5], scores: [0.5, 0.9], labels: [1, 0] };
  expect(compareDetections('x', swapped, reference).verdict).toBe('FAIL');
  expect(compareDetections('x', swapped, reference, 'any order').verdict).toBe('ok');
});

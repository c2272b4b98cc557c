import { ShapeError } from './errors.ts';
import { f16ToF32 } from './f16.ts';

type Shape = readonly number[];

/** Neighbors of a row that share one scale. */
export const Q8_GROUP = 32;

const LARGEST_INTEGER = 127;
const LARGEST_SCALE = 65504; // the largest f16
const LARGEST = LARGEST_INTEGER * LARGEST_SCALE;
/** Least integer that a group's largest magnitude may become: lower ones lower the error no further. */
const MIN_STEPS = 120;
/** x + ROUNDER - ROUNDER is the integer nearest to x, several times faster than Math.round. */
const ROUNDER = 1.5 * 2 ** 52;
/** Differences of errors below this share are those of f64. */
const ROUNDING = 1e-12;

/**
 * Numbers of 8 bits: each is an integer from -127 to 127 times the scale of its group. A group is up to 32 neighbors of a
 * row.
 */
export interface QuantizedNumbers {
  readonly values: Int8Array;
  /** Bits of f16. */
  readonly scales: Uint16Array;
}

/** Scales of a row of this length. */
export function groupsOf(length: number): number {
  return Math.ceil(length / Q8_GROUP);
}

/** Number of scales of a tensor, whose rows are its last axis. */
function scalesOf(shape: Shape): number {
  const length = shape.at(-1) ?? 1;
  const rows = shape.slice(0, -1).reduce((size, n) => size * n, 1);
  return rows * groupsOf(length);
}

/**
 * The nearest numbers of 8 bits. A scale is the group's largest magnitude / n, rounded up to f16, so that nothing is
 * clipped, with the n from 120 to 127 that leaves the least squared error; a group of zeros has the scale 0. The numbers
 * of a `dequantize` give the same bits again, except where scales are subnormal.
 *
 * @param rows    row after row
 * @param length  of a row
 * @param name    name of the numbers, for the error
 * @param scales  of an earlier call with the same numbers, to save the search for them
 * @throws ShapeError naming the first number that is not finite, or beyond 127 times the largest f16; for scales of
 *   another length
 */
export function quantize(
  rows: Float32Array,
  length: number,
  name = 'values',
  scales?: Uint16Array,
): QuantizedNumbers {
  const perRow = groupsOf(length);
  const count = length === 0 ? 0 : rows.length / length;
  if (!Number.isInteger(count)) {
    throw new ShapeError(`quantize: ${name} has ${rows.length} numbers, not rows of ${length}`);
  }
  if (scales && scales.length !== count * perRow) {
    throw new ShapeError(`quantize: ${scales.length} scales for ${name}, expected ${count * perRow}`);
  }
  const chosen = scales ?? scalesFor(rows, length, count * perRow, name);
  const factors = f16ToF32(chosen);
  const values = new Int8Array(rows.length);
  eachGroup(chosen.length, length, (group, start, end) => {
    const scale = factors[group];
    if (scale === 0) return;
    for (let i = start; i < end; i++) values[i] = Math.round(rows[i] / scale);
  });
  return { values, scales: chosen };
}

/** The scale of each group, as bits of f16. */
function scalesFor(rows: Float32Array, length: number, groups: number, name: string): Uint16Array {
  const scales = new Uint16Array(groups);
  eachGroup(groups, length, (group, start, end) => {
    let most = 0;
    for (let i = start; i < end; i++) {
      const size = Math.abs(rows[i]);
      if (!(size <= LARGEST)) {
        throw new ShapeError(
          `quantize: ${name} holds ${rows[i]} at ${i}, expected finite numbers up to ${LARGEST}`,
        );
      }
      if (size > most) most = size;
    }
    if (most > 0) scales[group] = bestScale(rows, start, end, most);
  });
  return scales;
}

/** Bits of the scale that leaves a group the least squared error; the smallest of equals. */
function bestScale(rows: Float32Array, start: number, end: number, most: number): number {
  let best = 0;
  let least = Infinity;
  for (let steps = LARGEST_INTEGER; steps >= MIN_STEPS && least > 0; steps--) {
    const [bits, scale] = roundedUp(most / steps);
    if (scale > LARGEST_SCALE) break;
    const factor = 1 / scale;
    let sum = 0;
    for (let i = start; i < end; i++) {
      const x = rows[i] * factor;
      const rest = x - (x + ROUNDER - ROUNDER);
      sum += rest * rest;
    }
    const error = sum < ROUNDING ? 0 : sum * scale * scale;
    if (error < least * (1 - ROUNDING)) {
      least = error;
      best = bits;
    }
  }
  return best;
}

/** The numbers, exactly: eight bits times eleven fit into f32. */
export function dequantize({ values, scales }: QuantizedNumbers, length: number): Float32Array {
  const factors = f16ToF32(scales);
  const numbers = new Float32Array(values.length);
  eachGroup(scales.length, length, (group, start, end) => {
    for (let i = start; i < end; i++) numbers[i] = values[i] * factors[group];
  });
  return numbers;
}

function eachGroup(
  count: number,
  length: number,
  body: (group: number, start: number, end: number) => void,
): void {
  const perRow = groupsOf(length);
  for (let group = 0; group < count; group++) {
    const row = Math.floor(group / perRow) * length;
    const start = row + (group % perRow) * Q8_GROUP;
    body(group, start, Math.min(start + Q8_GROUP, row + length));
  }
}

/** Bytes of a tensor's integers, then of its scales, each in whole words: the contents of its buffer. */
export function q8Bytes(shape: Shape): { readonly values: number; readonly total: number } {
  const values = words(shape.reduce((size, n) => size * n, 1));
  return { values, total: values + words(2 * scalesOf(shape)) };
}

/** Word of a tensor's buffer at which its scales begin; 0 for dtypes without scales. */
export function firstScale({ shape, dtype }: { readonly shape: Shape; readonly dtype: string }): number {
  return dtype === 'q8' ? q8Bytes(shape).values / 4 : 0;
}

/** The contents of a tensor's buffer. */
export function q8Storage({ values, scales }: QuantizedNumbers): Uint8Array {
  const start = words(values.length);
  const bytes = new Uint8Array(start + words(scales.byteLength));
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.length));
  bytes.set(new Uint8Array(scales.buffer, scales.byteOffset, scales.byteLength), start);
  return bytes;
}

/** The numbers of a tensor's buffer. */
export function q8Numbers(bytes: Uint8Array, shape: Shape): QuantizedNumbers {
  const size = shape.reduce((product, n) => product * n, 1);
  const start = bytes.byteOffset + q8Bytes(shape).values;
  const scales = bytes.buffer.slice(start, start + 2 * scalesOf(shape)) as ArrayBuffer;
  return { values: new Int8Array(bytes.buffer, bytes.byteOffset, size), scales: new Uint16Array(scales) };
}

function words(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

const VIEW = new DataView(new ArrayBuffer(4));

/** The least f16 that is not below x >= 0: its bits and its value. */
function roundedUp(x: number): readonly [bits: number, value: number] {
  if (x === 0) return [0, 0];
  // Exponent of the step between neighbors: subnormal f16 are multiples of 2^-24.
  VIEW.setFloat32(0, x);
  const exponent = Math.max(-14, ((VIEW.getUint32(0) >>> 23) & 0xff) - 127);
  const step = 2 ** (exponent - 10);
  const value = Math.ceil(x / step) * step;
  // A step beyond the last one carries into the exponent, which the bits do by themselves.
  const bits = ((exponent + 14) << 10) + value / step;
  return [bits, value];
}

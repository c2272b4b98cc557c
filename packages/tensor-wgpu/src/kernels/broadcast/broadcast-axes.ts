import { ShapeError } from '../../errors.ts';
import { type Shape, sizeOf } from '../../tensor.ts';

const MAX_AXES = 4; // of a kernel

/** Axes of a result, and each operand's elements from one index to the next along them: 0 where it repeats. */
export interface BroadcastAxes {
  /** Lengths of four axes. */
  readonly lengths: readonly number[];
  /** Four strides of each operand. */
  readonly strides: readonly (readonly number[])[];
}

/**
 * The axes that a kernel walks: those of length 1 are left out, and neighbors are merged where every operand either
 * holds both as one run or repeats along both.
 *
 * @throws ShapeError if more than four axes remain
 */
export function broadcastAxes(op: string, shape: Shape, operands: readonly Shape[]): BroadcastAxes {
  const own = operands.map((operand) => stridesIn(operand, shape));
  const axes: { length: number; strides: readonly number[] }[] = [];
  for (const [axis, length] of shape.entries()) {
    if (length === 1) continue;
    const strides = own.map((of) => of[axis]);
    const last = axes.at(-1);
    if (last?.strides.every((stride, i) => stride === strides[i] * length)) {
      axes[axes.length - 1] = { length: last.length * length, strides };
    } else {
      axes.push({ length, strides });
    }
  }
  if (axes.length > MAX_AXES) {
    const shapes = operands.map((operand) => `[${operand}]`).join(' and ');
    throw new ShapeError(`${op}: ${shapes} are broadcast along more than ${MAX_AXES} runs of axes`);
  }
  while (axes.length < MAX_AXES) axes.unshift({ length: 1, strides: operands.map(() => 0) });
  return {
    lengths: axes.map(({ length }) => length),
    strides: operands.map((_, i) => axes.map(({ strides }) => strides[i])),
  };
}

function stridesIn(own: Shape, shape: Shape): number[] {
  const padded = [...Array(shape.length - own.length).fill(1), ...own];
  return padded.map((length, axis) => (length === 1 ? 0 : sizeOf(padded.slice(axis + 1))));
}

/** Axes in units of four numbers, if rows are whole quads. An operand that repeats within rows stays in numbers. */
export function inQuads({ lengths, strides }: BroadcastAxes): BroadcastAxes | undefined {
  const [d0, d1, d2, d3] = lengths;
  if (d3 % 4 !== 0) return undefined;
  const quads = strides.map((own) => (own[3] === 0 ? own : [...own.slice(0, 3).map((n) => n / 4), own[3]]));
  return { lengths: [d0, d1, d2, d3 / 4], strides: quads };
}

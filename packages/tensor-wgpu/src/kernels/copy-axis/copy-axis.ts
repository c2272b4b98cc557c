import type { Device } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record, recordAll } from '../../tape.ts';
import { type Shape, sizeOf, type Tensor } from '../../tensor.ts';
import { full } from '../elementwise/apply.ts';
import { reshape } from '../reshape.ts';
import wgsl from './copy-axis.wgsl';
import padWgsl from './pad-axis.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'copy-axis',
    variant: `copy-axis ${element}`,
    wgsl: [`alias x_element = ${element};\nalias y_element = ${element};\n`, wgsl],
    reads: ['x'],
    writes: ['y'],
    params: {
      outer: 'u32',
      count: 'u32',
      x_length: 'u32',
      x_start: 'u32',
      y_length: 'u32',
      y_start: 'u32',
    },
    invocations: ({ outer, count }) => outer * count,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

const definePad = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'pad-axis',
    variant: `pad-axis ${element}`,
    wgsl: [`alias x_element = ${element};\n`, padWgsl],
    reads: ['x'],
    writes: ['y'],
    params: { outer: 'u32', x_length: 'u32', y_length: 'u32', before: 'u32', value: 'f32' },
    invocations: ({ outer, y_length }) => outer * y_length,
  });
const padScalars = /* @__PURE__ */ definePad('f32');
const padQuads = /* @__PURE__ */ definePad('vec4f');

function copyAxis(
  x: Tensor,
  y: Tensor,
  axis: number,
  [xStart, yStart, count]: readonly [xStart: number, yStart: number, count: number],
): void {
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  const sizes = [count, x.dim(axis), xStart, y.dim(axis), yStart].map((size) => size * inner);
  const vec4 = sizes.every((size) => size % 4 === 0);
  const [own, xLength, xFrom, yLength, yFrom] = vec4 ? sizes.map((size) => size / 4) : sizes;
  const kernel = vec4 ? quads : scalars;
  const rows = { x: x.dim(axis) * inner, y: y.dim(axis) * inner };
  if (outer > 1 && fitsBinding(x.device, rows.x) && fitsBinding(y.device, rows.y)) {
    kernel.dispatch(
      { x, y },
      { outer, count: own, x_length: xLength, x_start: xFrom, y_length: yLength, y_start: yFrom },
      { slice: { param: 'outer', per: rows } },
    );
    return;
  }
  const per = vec4 ? 4 : 1;
  for (let row = 0; row < outer; row++) {
    const [xStart, yStart] = [row * xLength + xFrom, row * yLength + yFrom];
    kernel.dispatch(
      { x, y },
      { outer: 1, count: own, x_length: xLength, x_start: xStart, y_length: yLength, y_start: yStart },
      {
        slice: {
          param: 'count',
          per: { x: per, y: per },
          from: { x: { units: xStart, param: 'x_start' }, y: { units: yStart, param: 'y_start' } },
        },
      },
    );
  }
}

/** True if so many f32 fit into one binding. */
function fitsBinding(device: Device, elements: number): boolean {
  return 4 * elements <= device.info.limits.maxStorageBufferBindingSize - 16;
}

/** The axis counted from the first one. */
function fromFirst(op: string, x: Tensor, axis: number): number {
  const axes = x.shape.length;
  if (!Number.isInteger(axis) || axis < -axes || axis >= axes) {
    throw new ShapeError(`${op}: axis ${axis} of [${x.shape}], expected ${-axes} to ${axes - 1}`);
  }
  return axis < 0 ? axis + axes : axis;
}

/**
 * Part of one axis.
 *
 * @param of  the axis; negative ones count from the last
 * @returns   x's shape with `length` on that axis
 * @throws ShapeError if the axis has no such part
 */
export function slice(x: Tensor, of: number, start: number, length: number): Tensor {
  const axis = fromFirst('slice', x, of);
  const whole = x.dim(axis);
  const wholeNumbers = Number.isInteger(start) && Number.isInteger(length);
  if (!(wholeNumbers && start >= 0 && length >= 0 && start + length <= whole)) {
    throw new ShapeError(
      `slice: ${start} to ${start + length} on axis ${axis} of [${x.shape}], expected a range within 0 to ${whole}`,
    );
  }
  if (length === whole) return reshape(x, x.shape);
  const y = x.device.empty(withLength(x.shape, axis, length));
  copyAxis(x, y, axis, [start, 0, length]);
  return record(y, [x], [], (dy) => [padAxis(dy, axis, start, whole - start - length)]);
}

/**
 * Consecutive parts of one axis: the inverse of `concat`. Its gradient is one copy of each part, whereas the gradients
 * of slices would each be padded to the whole and added.
 *
 * @param along    the axis; negative ones count from the last
 * @param lengths  of the parts
 * @returns        x's shape with each length on that axis
 * @throws ShapeError unless the lengths are whole numbers from 0 that add up to the axis
 */
export function split(x: Tensor, along: number, lengths: readonly number[]): Tensor[] {
  const axis = fromFirst('split', x, along);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== x.dim(axis) || !lengths.every((length) => Number.isInteger(length) && length >= 0)) {
    throw new ShapeError(
      `split: lengths [${lengths}] on axis ${axis} of [${x.shape}], expected whole numbers that add up to ${x.dim(axis)}`,
    );
  }
  if (lengths.length === 1) return [reshape(x, x.shape)];
  let start = 0;
  const parts = lengths.map((length) => {
    const part = x.device.empty(withLength(x.shape, axis, length));
    if (part.size > 0) copyAxis(x, part, axis, [start, 0, length]);
    start += length;
    return part;
  });
  recordAll(parts, [x], [], (dys) => [
    concat(
      dys.map((dy, i) => dy ?? full(x.device, parts[i].shape)),
      axis,
    ),
  ]);
  return parts;
}

/**
 * Tensors one after the other along an axis.
 *
 * @param along  the axis; negative ones count from the last
 * @throws ShapeError unless their other axes are equal
 */
export function concat(tensors: readonly Tensor[], along: number): Tensor {
  if (tensors.length === 0) throw new ShapeError('concat: no tensors');
  const [first] = tensors;
  const axis = fromFirst('concat', first, along);
  const total = tensors.reduce((sum, tensor) => sum + tensor.dim(axis), 0);
  const shape = withLength(first.shape, axis, total);
  for (const tensor of tensors) {
    if (`${withLength(tensor.shape, axis, total)}` !== `${shape}`) {
      throw new ShapeError(`concat: [${tensor.shape}] does not fit [${first.shape}] along axis ${axis}`);
    }
  }
  const y = first.device.empty(shape);
  const starts: number[] = [];
  let start = 0;
  for (const tensor of tensors) {
    copyAxis(tensor, y, axis, [0, start, tensor.dim(axis)]);
    starts.push(start);
    start += tensor.dim(axis);
  }
  return record(y, tensors, [], (dy, wanted) =>
    tensors.map((x, i) => (wanted[i] ? slice(dy, axis, starts[i], x.dim(axis)) : null)),
  );
}

/**
 * x between `before` and `after` elements of one value on each axis.
 *
 * @throws ShapeError unless each axis has its two amounts, whole numbers from 0
 */
export function pad(
  x: Tensor,
  amounts: readonly (readonly [before: number, after: number])[],
  value = 0,
): Tensor {
  const isAmount = (amount: number): boolean => Number.isInteger(amount) && amount >= 0;
  if (amounts.length !== x.shape.length || !amounts.flat().every(isAmount)) {
    throw new ShapeError(
      `pad: amounts ${JSON.stringify(amounts)}, expected [before, after] for each axis of [${x.shape}]`,
    );
  }
  let y = reshape(x, x.shape);
  for (const [axis, [before, after]] of amounts.entries()) {
    if (before > 0 || after > 0) y = padAxis(y, axis, before, after, value);
  }
  return y;
}

function padAxis(x: Tensor, axis: number, before: number, after: number, value = 0): Tensor {
  const length = x.dim(axis);
  const whole = before + length + after;
  const shape = withLength(x.shape, axis, whole);
  const inner = sizeOf(x.shape.slice(axis + 1));
  if (!fitsBinding(x.device, whole * inner)) {
    const filled = full(x.device, shape, value);
    copyAxis(x, filled, axis, [0, before, length]);
    return record(filled, [x], [], (dy) => [slice(dy, axis, before, length)]);
  }
  const y = x.device.empty(shape);
  const sizes = [length, whole, before].map((size) => size * inner);
  const vec4 = sizes.every((size) => size % 4 === 0);
  const [xLength, yLength, start] = vec4 ? sizes.map((size) => size / 4) : sizes;
  (vec4 ? padQuads : padScalars).dispatch(
    { x, y },
    { outer: sizeOf(x.shape.slice(0, axis)), x_length: xLength, y_length: yLength, before: start, value },
    { slice: { param: 'outer', per: { x: length * inner, y: whole * inner } } },
  );
  return record(y, [x], [], (dy) => [slice(dy, axis, before, length)]);
}

function withLength(shape: Shape, axis: number, length: number): number[] {
  return shape.map((own, i) => (i === axis ? length : own));
}

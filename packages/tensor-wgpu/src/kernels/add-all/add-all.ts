import { coreOf } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import { reshape } from '../reshape.ts';
import wgsl from './add-all.wgsl';

const READS = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6'] as const;

const kernel = /* @__PURE__ */ defineKernel({
  name: 'add-all',
  wgsl: [wgsl],
  reads: READS,
  writes: ['y'],
  params: { quads: 'u32' },
  invocations: ({ quads }) => quads,
});

/** Terms that one dispatch adds. */
export const MAX_TERMS: number = READS.length;

/**
 * The sum of tensors of one shape, added from the first to the last: the same bits as repeated `add`, in a seventh of
 * the dispatches.
 *
 * @throws ShapeError if there are no tensors, or unless their shapes are equal
 */
export function addAll(terms: readonly Tensor[]): Tensor {
  const [first] = terms;
  if (!first) throw new ShapeError('addAll: no tensors');
  for (const term of terms) expectShape('addAll', { term }, first.shape);
  let sum: Tensor | undefined;
  for (let next = 0; next < terms.length; ) {
    const some = terms.slice(next, next + MAX_TERMS - (sum ? 1 : 0));
    next += some.length;
    const more = sum ? [sum, ...some] : some;
    const found = more.length === 1 ? reshape(first, first.shape) : addSome(more);
    sum?.dispose();
    sum = found;
  }
  const y = sum as Tensor;
  return terms.length === 1 ? y : record(y, terms, [], (dy) => terms.map(() => dy));
}

function addSome(terms: readonly Tensor[]): Tensor {
  const { device, shape, size } = terms[0];
  const y = device.empty(shape);
  const reads = Object.fromEntries(READS.map((id, i) => [id, terms[i] ?? coreOf(device).placeholder]));
  const per = Object.fromEntries([...READS.slice(0, terms.length), 'y'].map((id) => [id, 4]));
  kernel.dispatch(
    { ...(reads as Record<(typeof READS)[number], Tensor>), y },
    { quads: Math.ceil(size / 4) },
    { constants: { TERMS: terms.length }, slice: { param: 'quads', per } },
  );
  return y;
}

import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { slice } from '../copy-axis/copy-axis.ts';
import {
  deformColumns,
  deformCorners,
  type RowRange,
} from '../deform-conv2d-columns/deform-conv2d-columns.ts';
import { deformInput } from '../deform-conv2d-input/deform-conv2d-input.ts';
import { deformSamples } from '../deform-conv2d-samples/deform-conv2d-samples.ts';
import { dequantized } from '../dequantize/dequantize.ts';
import { full } from '../elementwise/apply.ts';
import { add } from '../elementwise/elementwise.ts';
import { matmul } from '../matmul/matmul.ts';
import { rearrange } from '../rearrange/rearrange.ts';
import { sumTo } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import type { DeformShape } from './deform-shape.ts';

const COLUMNS_BYTES = 32 * 2 ** 20; // maximum size of the columns that exist at a time

interface Given {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly samples: Tensor;
  readonly dy: Tensor;
}

/**
 * The gradients of a deformable convolution for those of x, weight, samples and bias that are `wanted`. Columns
 * (im2col) are computed again for a range of the result's pixels at a time: those of a whole level of GLIP would take
 * 155 MB. All sums have a fixed order.
 */
export function deformGradients(
  { x, weight, samples, dy }: Given,
  shape: DeformShape,
  [wantsX, wantsWeight, wantsSamples, wantsBias]: readonly boolean[],
): (Tensor | null)[] {
  const { device } = x;
  const { batch, rows, outputs, groups } = shape;
  const dx = wantsX ? device.empty(x.shape) : null;
  const dsamples = wantsSamples ? full(device, samples.shape) : null;
  let dweight: Tensor | null = null;
  const flat = reshape(dy, [batch, rows, outputs]);
  const matrices = reshape(dequantized(weight), [groups, outputs / groups, weight.size / outputs]);

  for (const range of wantsX || wantsWeight || wantsSamples ? rangesOf(x, shape) : []) {
    const before: Tensor | null = dweight;
    dweight = scope((): Tensor | null => {
      const part = byGroup(slice(flat, 1, range.first, range.count), groups);
      const corners = deformCorners(samples, shape, range);
      const found = wantsWeight
        ? scope(() => weightGradient(part, deformColumns(x, corners, shape), before))
        : null;
      if (dx || dsamples) {
        const dcolumns = columnsGradient(part, matrices);
        if (dsamples) deformSamples(x, samples, dcolumns, dsamples, shape, range);
        if (dx) deformInput(corners, dcolumns, dx, shape, range.first > 0 ? 'adds' : 'stores');
      }
      return found;
    });
    before?.dispose();
  }
  return [dx, dweight && reshape(dweight, weight.shape), dsamples, wantsBias ? sumTo(dy, [outputs]) : null];
}

/** Ranges of the result's pixels whose columns keep within the budget and a binding. */
function rangesOf({ device }: Tensor, { batch, rows, outputs, taps, groups, parts, channels }: DeformShape) {
  const most = Math.min(COLUMNS_BYTES, device.info.limits.maxStorageBufferBindingSize);
  const bytes = 4 * batch * Math.max(outputs, taps * groups * parts * channels);
  const ranges = Math.ceil(rows / Math.max(1, Math.floor(most / bytes)));
  const count = Math.ceil(rows / ranges); // all of one size, so that one buffer serves them
  return Array.from(
    { length: Math.ceil(rows / count) },
    (_, i): RowRange => ({ first: i * count, count: Math.min(count, rows - i * count) }),
  );
}

/** [B, N, g O] -> [B, g, N, O] */
function byGroup(x: Tensor, groups: number): Tensor {
  const [batch, count, outputs] = x.shape;
  if (groups === 1) return reshape(x, [batch, 1, count, outputs]);
  return rearrange(x, 'B N (g O) -> B g N O', { g: groups });
}

/** dy of a range [B, g, N, O], columns [B, g, N, k C] -> [g, O, k C], added to the sums of earlier ranges. */
function weightGradient(dy: Tensor, columns: Tensor, before: Tensor | null): Tensor {
  const [, groups, , outputs] = dy.shape;
  const shape = [groups, outputs, columns.dim(-1)];
  // One group's images are one matrix: their rows follow each other.
  const [left, right] = groups === 1 ? [dy, columns].map(joined) : [dy, columns];
  const products = matmul(left, right, { transposeA: true });
  const found = products.dim(0) === 1 ? reshape(products, shape) : sumTo(products, shape);
  return before ? add(before, found) : found;
}

/** dy of a range [B, g, N, O], weight [g, O, k C] -> [B, g, N, k C] */
function columnsGradient(dy: Tensor, weight: Tensor): Tensor {
  const [batch, groups, count] = dy.shape;
  const product = groups === 1 ? matmul(joined(dy), weight) : matmul(dy, weight);
  return reshape(product, [batch, groups, count, weight.dim(-1)]);
}

function joined(x: Tensor): Tensor {
  return reshape(x, [1, x.size / x.dim(-1), x.dim(-1)]);
}

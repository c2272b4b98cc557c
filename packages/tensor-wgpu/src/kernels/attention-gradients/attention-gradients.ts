import { coreOf } from '../../device/device.ts';
import { defineRowKernel } from '../../row-kernel.ts';
import { scope } from '../../scope.ts';
import type { Tensor } from '../../tensor.ts';
import { quadReader } from '../../wgsl/quads.ts';
import type { AttentionOptions } from '../attention/attention-options.ts';
import { slice } from '../copy-axis/copy-axis.ts';
import { dropoutMask } from '../random/dropout.ts';
import { sum } from '../reduce/reduce.ts';
import { reshape } from '../reshape.ts';
import wgsl from './attention-gradients.wgsl';
import { type HeadMatrices, headProduct, sideBySide, stacked } from './head-product.ts';

const UNBOUNDED = 3e38;
const READS = ['bias', 'padding', 'regions'] as const;
const WRITES = ['scores', 'slopes', 'clamped'] as const;
const slopesKernel = /* @__PURE__ */ defineRowKernel({
  name: 'attention-gradients',
  wgsl: (_, ofKeys: 'vec4' | 'f32') =>
    [...READS.map((id) => quadReader(id, ofKeys === 'vec4')), wgsl].join('\n'),
  reads: ['bias', 'padding', 'regions', 'kept'], // literal, so that bundlers can leave it out
  writes: WRITES,
  quads: { reads: ['kept', 'scores', 'slopes'], writes: WRITES },
  params: {
    first: 'u32',
    rows: 'u32',
    cols: 'u32',
    keys: 'u32',
    heads: 'u32',
    queries: 'u32',
    windows: 'u32',
    bound: 'f32',
  },
  rows: ({ rows }) => rows,
  flops: ({ rows, cols }) => 16 * rows * cols,
});

/** Queries, keys or values, or the place of their gradient: columns of `tensor` [B, N, ...], from `start` on. */
export interface AttentionPart {
  readonly tensor: Tensor;
  readonly start: number;
}

type Parts = Readonly<Record<'q' | 'k' | 'v', AttentionPart>>;

/**
 * The gradients of `attention`. Scores are computed again, and are stored only until this returns: if kept from the
 * forward pass, those of all layers would be in memory at once.
 *
 * @param of    queries, keys and values
 * @param into  filled with their gradients
 * @param asks  true for those of bias and padding whose gradients are wanted
 * @param dy    [B, N, heads * D]
 * @returns     those gradients, null where they are not wanted
 */
export function attentionGradients(
  of: Parts,
  into: Parts,
  options: AttentionOptions,
  asks: { readonly bias: boolean; readonly padding: boolean },
  dy: Tensor,
): { readonly dbias: Tensor | null; readonly dpadding: Tensor | null } {
  const { heads, bound } = options;
  const [batches, queries, dim] = dy.shape;
  const keys = of.k.tensor.dim(1);
  const headDim = dim / heads;
  const alpha = options.scale ?? headDim ** -0.5;
  const { device } = dy;
  const matrices = ({ tensor, start }: AttentionPart): HeadMatrices => sideBySide(tensor, start, headDim);
  const [q, k, v, dContext] = [of.q, of.k, of.v, { tensor: dy, start: 0 }].map(matrices);

  return scope(() => {
    const cols = Math.ceil(keys / 4) * 4;
    const ofHeads = (tensor: Tensor): HeadMatrices => stacked(tensor, keys);
    const scores = device.empty([batches, heads, queries, cols]); // replaced by the weights
    headProduct(q, k, ofHeads(scores), { heads, transposeW: true, alpha });
    const slopes = device.empty(scores.shape); // gradients of the weights, then of the softmax's input
    headProduct(dContext, v, ofHeads(slopes), { heads, transposeW: true });
    const clamped = bound === undefined ? undefined : device.empty(scores.shape);
    softmaxSlopes({ scores, slopes, clamped }, keys, options);

    const ofScores = ofHeads(clamped ?? slopes);
    headProduct(ofScores, k, matrices(into.q), { heads, alpha });
    headProduct(ofScores, q, matrices(into.k), { heads, transposeX: true, alpha });
    headProduct(ofHeads(scores), dContext, matrices(into.v), { heads, transposeX: true });
    const byBatch = reshape(slopes, [batches, heads * queries, cols]);
    const sumOver = (axis: number, shape: readonly number[]): Tensor =>
      slice(reshape(sum(byBatch, axis), [...shape, cols]), shape.length, 0, keys);
    return {
      dbias: asks.bias ? sumOver(0, [heads, queries]) : null,
      dpadding: asks.padding ? sumOver(1, [batches]) : null,
    };
  });
}

/** [B, heads, N, cols] each, keys padded to a multiple of four. */
interface ScoreTensors {
  readonly scores: Tensor;
  readonly slopes: Tensor;
  readonly clamped: Tensor | undefined;
}

function softmaxSlopes(
  { scores, slopes, clamped }: ScoreTensors,
  keys: number,
  { bias, padding, regions, dropout, bound = UNBOUNDED }: AttentionOptions,
): void {
  const { device } = scores;
  const nothing = coreOf(device).placeholder;
  const [batches, heads, queries, cols] = scores.shape;
  const kept = dropout && dropoutMask(scores.shape, dropout.rate, dropout.key, dropout.place);
  const unused = clamped ?? device.empty([4]); // a buffer may not be read and written in one dispatch
  slopesKernel(device, cols, keys % 4 === 0 ? 'vec4' : 'f32').dispatch(
    {
      bias: bias ?? nothing,
      padding: padding ?? nothing,
      regions: regions ?? nothing,
      kept: kept ?? nothing,
      scores,
      slopes,
      clamped: unused,
    },
    {
      first: 0,
      rows: batches * heads * queries,
      cols,
      keys,
      heads,
      queries,
      windows: regions ? regions.dim(0) : 1,
      bound,
    },
    {
      constants: {
        HAS_BIAS: Number(bias !== undefined),
        HAS_PADDING: Number(padding !== undefined),
        HAS_REGIONS: Number(regions !== undefined),
        HAS_DROPOUT: Number(kept !== undefined),
        CLAMPED: Number(clamped !== undefined),
      },
      slice: {
        param: 'rows',
        start: 'first',
        per: {
          scores: cols,
          slopes: cols,
          ...(kept ? { kept: cols } : {}),
          ...(clamped ? { clamped: cols } : {}),
        },
      },
    },
  );
}

import { coreOf, type Device } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { isTracked, record } from '../../tape.ts';
import { expectRank, expectShape, type Tensor } from '../../tensor.ts';
import { quadReader, quadWriter } from '../../wgsl/quads.ts';
import { unroll } from '../../wgsl/unroll.ts';
import { attentionGradients } from '../attention-gradients/attention-gradients.ts';
import { dropoutMask } from '../random/dropout.ts';
import { freezeKey } from '../random/random.ts';
import main from './attention.wgsl';
import lanes from './attention-lanes.wgsl';
import type { AttentionOptions } from './attention-options.ts';
import tiled from './attention-tiled.wgsl';
import eightBroadcast from './eight-broadcast.wgsl';
import eightLoads from './eight-loads.wgsl';

const UNBOUNDED = 3e38;

/**
 * Multi-head attention, softmax(scale q k^T + ...) v, without storing scores. https://arxiv.org/abs/1706.03762
 *
 * @param q  [B, N, heads * D]
 * @param k  [B, T, heads * D]
 * @param v  [B, T, heads * D]
 * @returns  [B, N, heads * D]
 * @throws ShapeError if the shapes do not fit
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, asked: AttentionOptions): Tensor {
  for (const [name, tensor] of Object.entries({ q, k, v })) expectRank('attention', name, tensor, 3);
  expectShape('attention', { v }, k.shape);
  expectShape('attention', { k }, [q.dim(0), k.dim(1), q.dim(2)]);
  const options = withFrozenKey(asked, q, k, v);
  const y = run({ q, k, v }, [0, 0, 0], q.dim(2), options);
  const { added, saved } = maskInputs(options);
  return record(y, [q, k, v, ...added], saved, (dy, [, , , ...wanted]) => {
    const [dq, dk, dv] = [q, k, v].map(({ shape }) => q.device.empty(shape));
    const whole = (tensor: Tensor) => ({ tensor, start: 0 });
    const of = { q: whole(q), k: whole(k), v: whole(v) };
    const into = { q: whole(dq), k: whole(dk), v: whole(dv) };
    return [dq, dk, dv, ...maskGradients(of, into, options, wanted, dy)];
  });
}

/**
 * Attention of a sequence to itself, from one tensor that holds queries, keys and values side by side.
 *
 * @param qkv  [B, N, 3 * heads * D]
 * @returns    [B, N, heads * D]
 * @throws ShapeError if the shapes do not fit
 */
export function selfAttention(qkv: Tensor, asked: AttentionOptions): Tensor {
  expectRank('selfAttention', 'qkv', qkv, 3);
  const options = withFrozenKey(asked, qkv);
  const dim = qkv.dim(2) / 3;
  const y = run({ q: qkv, k: qkv, v: qkv }, [0, dim, 2 * dim], dim, options);
  const { added, saved } = maskInputs(options);
  return record(y, [qkv, ...added], saved, (dy, [, ...wanted]) => {
    const dqkv = qkv.device.empty(qkv.shape);
    const parts = (tensor: Tensor) => ({
      q: { tensor, start: 0 },
      k: { tensor, start: dim },
      v: { tensor, start: 2 * dim },
    });
    return [dqkv, ...maskGradients(parts(qkv), parts(dqkv), options, wanted, dy)];
  });
}

/** Options whose dropout the backward pass can draw again, if there will be one. */
function withFrozenKey(options: AttentionOptions, ...inputs: readonly Tensor[]): AttentionOptions {
  const { bias, padding, dropout } = options;
  if (!dropout || !isTracked(...inputs, bias, padding)) return options;
  return { ...options, dropout: { ...dropout, key: freezeKey(dropout.key) } };
}

type AttentionParts = Parameters<typeof attentionGradients>[0];

/** Fills `into` with the gradients of queries, keys and values; returns those of `maskInputs(options).added`. */
function maskGradients(
  of: AttentionParts,
  into: AttentionParts,
  options: AttentionOptions,
  wanted: readonly boolean[],
  dy: Tensor,
): (Tensor | null)[] {
  const { bias, padding } = options;
  const asks = {
    bias: bias !== undefined && wanted[0],
    padding: padding !== undefined && wanted[bias ? 1 : 0],
  };
  const { dbias, dpadding } = attentionGradients(of, into, options, asks, dy);
  return [...(bias ? [dbias] : []), ...(padding ? [dpadding] : [])];
}

/** Tensors besides queries, keys and values: those that are differentiated, and those that are only read. */
function maskInputs({ bias, padding, regions, dropout }: AttentionOptions) {
  return {
    added: [bias, padding].filter((tensor) => tensor !== undefined),
    saved: [regions, dropout?.key].filter((tensor) => tensor !== undefined),
  };
}

type AttentionKernel = Kernel<
  'q' | 'k' | 'v' | 'bias' | 'padding' | 'regions' | 'kept',
  'y',
  keyof typeof PARAMS
>;

const PARAMS = {
  batches: 'u32',
  first_batch: 'u32',
  heads: 'u32',
  queries: 'u32',
  keys: 'u32',
  scale: 'f32',
  bound: 'f32',
  windows: 'u32',
  q_stride: 'u32',
  k_stride: 'u32',
  v_stride: 'u32',
  q_start: 'u32',
  k_start: 'u32',
  v_start: 'u32',
} as const;

const kernels = new Map<string, AttentionKernel>();

function kernelFor(device: Device, headDim: number, vec4: boolean, wholeKeys: boolean): AttentionKernel {
  const { wgsl, queries: tile, biasQuads, ...schedule } = scheduleOn(device, headDim);
  const vec4Bias = biasQuads && wholeKeys;
  const variant = `attention ${JSON.stringify([tile, schedule, headDim, vec4, vec4Bias])}`;
  const known = kernels.get(variant);
  if (known) return known;
  const readers = ['q', 'k', 'v'].map((name) => quadReader(name, vec4));
  const quads = [...readers, quadReader('bias', vec4Bias), quadWriter('y', vec4)];
  const kernel = defineKernel({
    name: 'attention',
    variant,
    ...schedule,
    wgsl: [`const HEAD_DIM = ${headDim}u;`, ...quads, main, ...wgsl],
    reads: ['q', 'k', 'v', 'bias', 'padding', 'regions', 'kept'],
    writes: ['y'],
    params: PARAMS,
    workgroups: ({ batches, heads, queries }) => batches * heads * Math.ceil(queries / tile),
    flops: ({ batches, heads, queries, keys }) => 4 * batches * heads * queries * keys * headDim,
  });
  kernels.set(variant, kernel);
  return kernel;
}

const TILE_STORAGE = 3 * 32 * 9 * 16 + 1024; // bytes of workgroup memory of attention-tiled.wgsl

interface Schedule {
  readonly wgsl: readonly string[];
  /** Queries of a workgroup. */
  readonly queries: number;
  /** Reads bias for four neighboring keys at a time; one key at a time otherwise. */
  readonly biasQuads: boolean;
  readonly enables?: readonly 'subgroups'[];
}

/** Schedules like those of matrix products: through workgroup memory on GPUs, from lane to lane on CPUs. */
function scheduleOn({ info: { gemm, limits, subgroupWidth } }: Device, headDim: number): Schedule {
  if (gemm === 'tiled' && limits.maxComputeWorkgroupStorageSize >= TILE_STORAGE) {
    return { wgsl: [tiled], queries: 32, biasQuads: false };
  }
  if (gemm === 'subgroup' && subgroupWidth) {
    const width = `const SUBGROUP_WIDTH = ${subgroupWidth}u;\nconst LANES = SUBGROUP_WIDTH;`;
    // Subgroups of 4 are SwiftShader's: without loops it is 1.3 to 1.5 times as fast. More copies take seconds to compile.
    const written = subgroupWidth === 4 && headDim <= 32;
    const wholeLanes = written ? unroll(lanes, 'QUADS', Math.ceil(headDim / 4)) : lanes;
    const wgslOfLanes = [width, eightBroadcast, wholeLanes];
    return { wgsl: wgslOfLanes, queries: 4 * subgroupWidth, biasQuads: true, enables: ['subgroups'] };
  }
  const size = Math.min(8, limits.maxComputeInvocationsPerWorkgroup);
  return { wgsl: [`const LANES = ${size}u;`, eightLoads, lanes], queries: 4 * size, biasQuads: true };
}

function run(
  { q, k, v }: Readonly<Record<'q' | 'k' | 'v', Tensor>>,
  [qStart, kStart, vStart]: readonly [number, number, number],
  dim: number,
  options: AttentionOptions,
): Tensor {
  const { heads, bias, padding, regions, dropout, bound = UNBOUNDED } = options;
  const headDim = dim / heads;
  if (!Number.isInteger(headDim)) {
    throw new ShapeError(`attention: ${heads} heads do not divide the width ${dim} of [${q.shape}]`);
  }
  const [batches, queries] = q.shape;
  const keys = k.dim(1);
  if (bias) expectShape('attention', { bias }, [heads, queries, keys]);
  if (padding) expectShape('attention', { padding }, [batches, keys]);
  const windows = regions ? regions.dim(0) : 1;
  if (regions) expectShape('attention', { regions }, [windows, keys]);
  if (regions && (queries !== keys || batches % windows !== 0)) {
    throw new ShapeError(
      `attention: regions [${regions.shape}] do not fit ${batches} batches of ${queries} queries`,
    );
  }

  const y = q.device.empty([batches, queries, dim]);
  const cols = Math.ceil(keys / 4) * 4;
  const kept =
    dropout && dropoutMask([batches, heads, queries, cols], dropout.rate, dropout.key, dropout.place);
  const nothing = coreOf(q.device).placeholder;
  const [qStride, kStride, vStride] = [q.dim(2), k.dim(2), v.dim(2)];
  kernelFor(q.device, headDim, headDim % 4 === 0, keys % 4 === 0).dispatch(
    {
      q,
      k,
      v,
      bias: bias ?? nothing,
      padding: padding ?? nothing,
      regions: regions ?? nothing,
      kept: kept ?? nothing,
      y,
    },
    {
      batches,
      first_batch: 0,
      heads,
      queries,
      keys,
      scale: options.scale ?? headDim ** -0.5,
      bound,
      windows,
      q_stride: qStride,
      k_stride: kStride,
      v_stride: vStride,
      q_start: qStart,
      k_start: kStart,
      v_start: vStart,
    },
    {
      constants: {
        HAS_BIAS: Number(bias !== undefined),
        HAS_PADDING: Number(padding !== undefined),
        HAS_REGIONS: Number(regions !== undefined),
        HAS_DROPOUT: Number(kept !== undefined),
      },
      slice: {
        param: 'batches',
        start: 'first_batch',
        per: {
          q: queries * qStride,
          k: keys * kStride,
          v: keys * vStride,
          y: queries * dim,
          ...(padding ? { padding: keys } : {}),
          ...(kept ? { kept: heads * queries * cols } : {}),
        },
      },
    },
  );
  kept?.dispose();
  return y;
}

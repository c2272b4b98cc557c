import { specs } from '@glip-wgpu/tensor-wgpu/specs';
import { NdArray, randomArray } from '@glip-wgpu/tensor-wgpu/testing';
import { sampledReference } from '../measure/sampled-check.ts';
import type { Inputs, Operation } from './peer.ts';
import { referenceLosses } from './training/reference.ts';
import { type TrainingTask, trainingInputs } from './training/training-task.ts';

export const GROUPS = ['GEMM and conv', 'attention', 'softmax and LayerNorm', 'training'] as const;

export interface PeerCase {
  readonly name: string;
  readonly group: (typeof GROUPS)[number];
  readonly operation: Operation;
  /** True if it is quick enough for browsers on a software adapter. */
  readonly inBrowser: boolean;
}

const [PRODUCTS, ATTENTION, ROWS] = GROUPS;
export const TRAINING = GROUPS[3];

export const peerCases: readonly PeerCase[] = [
  gemm(512, 512, 512, true),
  gemm(1024, 1024, 1024, true),
  gemm(4200, 384, 1536),
  gemm(67200, 96, 384),
  conv(50, 84, true),
  conv(100, 168),
  attention(8, 1000, 32, true),
  attention(12, 256, 64),
  rows('softmax', 8000, 1000, true),
  rows('layerNorm', 67200, 96),
  rows('layerNorm', 16800, 384, true),
  training('MLP 784-512-512-10, batch 256', { network: 'mlp', widths: [784, 512, 512, 10], batch: 256 }),
  training('convolutional network on 64 x 64 x 3, batch 32', {
    network: 'convolutional',
    side: 64,
    channels: [3, 32, 64, 128],
    classes: 10,
    batch: 32,
  }),
  training('transformer block of 256 tokens x 256', {
    network: 'transformer',
    tokens: 256,
    dim: 256,
    heads: 8,
    batch: 1,
  }),
];

function gemm(m: number, k: number, n: number, inBrowser = false): PeerCase {
  return {
    name: `GEMM ${m} x ${k} x ${n}`,
    group: PRODUCTS,
    operation: { op: 'matmul', m, k, n },
    inBrowser,
  };
}

function conv(height: number, width: number, inBrowser = false): PeerCase {
  const name = `conv 3x3 of 256 at ${height} x ${width}`;
  return { name, group: PRODUCTS, operation: { op: 'conv', height, width, channels: 256 }, inBrowser };
}

function attention(heads: number, tokens: number, dim: number, inBrowser = false): PeerCase {
  const name = `attention ${heads} x ${tokens} x ${dim}`;
  return { name, group: ATTENTION, operation: { op: 'attention', heads, tokens, dim }, inBrowser };
}

function rows(op: 'softmax' | 'layerNorm', rows: number, cols: number, inBrowser = false): PeerCase {
  const name = `${op === 'softmax' ? 'softmax' : 'LayerNorm'} ${rows} x ${cols}`;
  return { name, group: ROWS, operation: { op, rows, cols }, inBrowser };
}

function training(name: string, task: Without<TrainingTask, 'op'>): PeerCase {
  return { name, group: TRAINING, operation: { op: 'train', ...task }, inBrowser: true };
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** FLOPs of products and attention, bytes in and out of rows, steps of training: what the table gives per second. */
export function workOf(operation: Operation): {
  readonly amount: number;
  readonly unit: 'GFLOP/s' | 'GB/s' | 'steps/s';
} {
  switch (operation.op) {
    case 'matmul':
      return { amount: 2 * operation.m * operation.k * operation.n, unit: 'GFLOP/s' };
    case 'conv':
      return { amount: 18 * operation.height * operation.width * operation.channels ** 2, unit: 'GFLOP/s' };
    case 'attention':
      return { amount: 4 * operation.heads * operation.tokens ** 2 * operation.dim, unit: 'GFLOP/s' };
    case 'train':
      return { amount: 1e9, unit: 'steps/s' };
    default:
      return { amount: 8 * operation.rows * operation.cols, unit: 'GB/s' };
  }
}

export function inputsOf(operation: Operation): Inputs {
  const make = (shapes: Readonly<Record<string, readonly number[]>>): Inputs =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, randomArray(shape, `peer ${name}`)]),
    );
  switch (operation.op) {
    case 'matmul':
      return make({ a: [operation.m, operation.k], b: [operation.k, operation.n] });
    case 'conv': {
      const { height, width, channels } = operation;
      return make({ x: [1, height, width, channels], weight: [channels, 3, 3, channels] });
    }
    case 'attention': {
      const shape = [1, operation.tokens, operation.heads * operation.dim];
      return make({ q: shape, k: shape, v: shape });
    }
    case 'train':
      return trainingInputs(operation);
    case 'softmax':
      return make({ x: [operation.rows, operation.cols] });
    case 'layerNorm':
      return make({ x: [operation.rows, operation.cols], weight: [operation.cols], bias: [operation.cols] });
  }
}

/** The result by our f64 reference, NaN where it was not computed; losses of a training task. */
export function expectedOf(operation: Operation, inputs: Inputs): NdArray {
  if (operation.op === 'train') {
    const losses = referenceLosses(operation);
    return new NdArray([losses.length], losses);
  }
  const [kernel, options] = {
    matmul: ['matmul', {}],
    conv: ['conv2d', { padding: 1 }],
    attention: ['attention', { heads: 'heads' in operation ? operation.heads : 1 }],
    softmax: ['softmax', {}],
    layerNorm: ['layer-norm', {}],
  }[operation.op] as [string, object];
  const spec = specs.find(({ name }) => name === kernel);
  if (!spec) throw new Error(`no kernel is called "${kernel}"`);
  return sampledReference(spec, inputs, options)[0];
}

import type { NdArray } from '@glip-wgpu/tensor-wgpu/testing';
import type { TrainingTask } from './training/training-task.ts';

/** An operation that every library supports, at a shape of GLIP-T or of other benchmarks. */
export type Operation =
  | { readonly op: 'matmul'; readonly m: number; readonly k: number; readonly n: number }
  /** 3 x 3, stride 1, padded by 1, as many output as input channels. */
  | { readonly op: 'conv'; readonly height: number; readonly width: number; readonly channels: number }
  | { readonly op: 'attention'; readonly heads: number; readonly tokens: number; readonly dim: number }
  | { readonly op: 'softmax'; readonly rows: number; readonly cols: number }
  | { readonly op: 'layerNorm'; readonly rows: number; readonly cols: number }
  | TrainingTask;

/** An operation whose result is one tensor. */
export type Forward = Exclude<Operation, TrainingTask>;

/**
 * Inputs in our layouts: matmul a [m, k], b [k, n]; conv x [1, H, W, C], weight [C, 3, 3, C]; attention q, k, v
 * [1, tokens, heads dim]; softmax x [rows, cols]; layerNorm also weight, bias [cols]; train: see `trainingInputs`.
 */
export type Inputs = Readonly<Record<string, NdArray>>;

/** A library with one operation set up: inputs uploaded, kernels compiled at the first run. */
export interface Prepared {
  /** Runs the operation and waits for it by reading the last four numbers of the result; a training step, its loss. */
  run(): Promise<void>;
  /** The whole result, in our layout; of training, the losses of the first steps. */
  output(): Promise<ArrayLike<number>>;
  close(): void | Promise<void>;
}

export interface Peer {
  readonly name: string;
  /** Undefined if the library lacks the operation. */
  prepare(operation: Operation, inputs: Inputs): Promise<Prepared | undefined>;
}

export const f32 = ({ data }: NdArray): Float32Array => Float32Array.from(data);

/** The shape of an operation's result. */
export function outputShape(operation: Forward): readonly number[] {
  switch (operation.op) {
    case 'matmul':
      return [operation.m, operation.n];
    case 'conv':
      return [1, operation.height, operation.width, operation.channels];
    case 'attention':
      return [1, operation.tokens, operation.heads * operation.dim];
    default:
      return [operation.rows, operation.cols];
  }
}

import { NdArray, randomArray } from '@glip-wgpu/tensor-wgpu/testing';

/** A network with its data and loss, trained by every library with the same Adam. */
export type TrainingTask = {
  readonly op: 'train';
  readonly batch: number;
} & (
  | {
      /** Linear layers with ReLU between, cross-entropy over the last width. */
      readonly network: 'mlp';
      readonly widths: readonly number[];
    }
  | {
      /** 3 x 3 convolutions of stride 2 with ReLU, the mean over all places, a linear layer, cross-entropy. */
      readonly network: 'convolutional';
      readonly side: number;
      readonly channels: readonly number[];
      readonly classes: number;
    }
  | {
      /** Pre-norm attention and GELU MLP of four times the width, mean squared difference to a target. */
      readonly network: 'transformer';
      readonly tokens: number;
      readonly dim: number;
      readonly heads: number;
    }
);

/** The optimizer of every library. */
export const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Number of updates before the last compared loss. */
export const UPDATES = 5;

/** Shapes of a task's parameters, by name. */
export function parameterShapes(task: TrainingTask): Readonly<Record<string, readonly number[]>> {
  switch (task.network) {
    case 'mlp':
      return Object.fromEntries(
        task.widths
          .slice(1)
          .flatMap((width, i) => [
            [`weight${i}`, [task.widths[i], width]] as const,
            [`bias${i}`, [width]] as const,
          ]),
      );
    case 'convolutional': {
      const { channels, classes } = task;
      const convolutions = channels
        .slice(1)
        .flatMap((width, i) => [
          [`weight${i}`, [width, 3, 3, channels[i]]] as const,
          [`bias${i}`, [width]] as const,
        ]);
      const last = channels[channels.length - 1];
      return { ...Object.fromEntries(convolutions), weight: [last, classes], bias: [classes] };
    }
    case 'transformer': {
      const { dim } = task;
      const square = [dim, dim] as const;
      return {
        norm1: [dim],
        norm1Bias: [dim],
        ...Object.fromEntries(
          ['query', 'key', 'value', 'output'].flatMap((name) => [
            [name, square],
            [`${name}Bias`, [dim]],
          ]),
        ),
        norm2: [dim],
        norm2Bias: [dim],
        hidden: [dim, 4 * dim],
        hiddenBias: [4 * dim],
        back: [4 * dim, dim],
        backBias: [dim],
      };
    }
  }
}

/**
 * Parameters by name, and the data: `x`, and `target`, which is one row of zeros and a one for each sample, or what the
 * transformer block should give. Convolution weights are [out, 3, 3, in], pictures [batch, side, side, channels].
 */
export function trainingInputs(task: TrainingTask): Readonly<Record<string, NdArray>> {
  const parameters = Object.entries(parameterShapes(task)).map(
    ([name, shape]) => [name, initial(name, shape)] as const,
  );
  return { ...Object.fromEntries(parameters), ...dataOf(task) };
}

/** Uniform weights whose outputs have the variance of their inputs, scales of one, biases of zero. */
function initial(name: string, shape: readonly number[]): NdArray {
  const size = sizeOf(shape);
  if (name.toLowerCase().includes('bias')) return new NdArray(shape);
  if (name.startsWith('norm')) return new NdArray(shape, new Float32Array(size).fill(1));
  const fanIn = shape.length === 4 ? size / shape[0] : shape[0];
  const { data } = randomArray(shape, `training ${name}`);
  return new NdArray(
    shape,
    Float32Array.from(data, (value) => value * Math.sqrt(3 / fanIn)),
  );
}

function dataOf(task: TrainingTask): Readonly<Record<'x' | 'target', NdArray>> {
  const { batch } = task;
  if (task.network === 'transformer') {
    const shape = [batch * task.tokens, task.dim];
    return { x: randomArray(shape, 'training x'), target: randomArray(shape, 'training target') };
  }
  const classes = task.network === 'mlp' ? task.widths[task.widths.length - 1] : task.classes;
  const shape =
    task.network === 'mlp' ? [batch, task.widths[0]] : [batch, task.side, task.side, task.channels[0]];
  const target = new NdArray([batch, classes]);
  for (let i = 0; i < batch; i++) target.data[i * classes + ((i * 7 + (i >> 3)) % classes)] = 1;
  return { x: randomArray(shape, 'training x'), target };
}

/** Elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

import { permute } from '../layouts.ts';
import { f32, type Inputs, type Prepared } from '../peer.ts';
import { ADAM, parameterShapes, type TrainingTask, UPDATES } from './training-task.ts';

interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Unary = (x: TfTensor) => TfTensor;
type Binary = (a: TfTensor | number, b: TfTensor | number) => TfTensor;

/** The part of @tensorflow/tfjs that training needs. */
export interface TfTraining {
  readonly mul: Binary;
  readonly add: Binary;
  readonly sub: Binary;
  readonly relu: Unary;
  readonly erf: Unary;
  readonly rsqrt: Unary;
  readonly square: Unary;
  readonly softmax: Unary;
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  variable(value: TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  conv2d(x: TfTensor, filter: TfTensor, strides: number, pad: number): TfTensor;
  mean(x: TfTensor, axes?: readonly number[], keepDims?: boolean): TfTensor;
  moments(x: TfTensor, axis: number, keepDims: boolean): { mean: TfTensor; variance: TfTensor };
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  transpose(x: TfTensor, axes: readonly number[]): TfTensor;
  tidy<T>(body: () => T): T;
  readonly losses: { softmaxCrossEntropy(labels: TfTensor, logits: TfTensor): TfTensor };
  readonly train: {
    adam(
      rate: number,
      beta1: number,
      beta2: number,
      epsilon: number,
    ): {
      minimize(loss: () => TfTensor, returnCost: true, variables: TfTensor[]): TfTensor;
      dispose(): void;
    };
  };
}

/** One network of TensorFlow.js and its `tf.train.adam`. */
export function trainTfjs(tf: TfTraining, task: TrainingTask, inputs: Inputs): Prepared {
  const shapes = parameterShapes(task);
  const values: Record<string, TfTensor> = {};
  for (const [name, array] of Object.entries(inputs)) {
    const tensor = upload(tf, f32(array), array.shape, name in shapes);
    values[name] = name in shapes ? tf.variable(tensor) : tensor;
    if (values[name] !== tensor) tensor.dispose();
  }
  const variables = Object.keys(shapes).map((name) => values[name]);
  const { learningRate, beta1, beta2, epsilon } = ADAM;
  const optimizer = tf.train.adam(learningRate, beta1, beta2, epsilon);
  const step = async (): Promise<number> => {
    const loss = optimizer.minimize(() => tf.tidy(() => lossOf(tf, task, values)), true, variables);
    const [number] = await loss.data();
    loss.dispose();
    return number;
  };
  return {
    async run() {
      await step();
    },
    async output() {
      const losses: number[] = [];
      while (losses.length <= UPDATES) losses.push(await step());
      return losses;
    },
    close() {
      for (const tensor of Object.values(values)) tensor.dispose();
      optimizer.dispose();
    },
  };
}

function upload(
  tf: TfTraining,
  data: Float32Array,
  shape: readonly number[],
  isParameter: boolean,
): TfTensor {
  if (!isParameter || shape.length !== 4) return tf.tensor(data, shape);
  const [out, , , channels] = shape;
  return tf.tensor(permute(data, shape, [1, 2, 3, 0]), [3, 3, channels, out]);
}

function lossOf(tf: TfTraining, task: TrainingTask, v: Readonly<Record<string, TfTensor>>): TfTensor {
  const linear = (x: TfTensor, weight: string, bias: string): TfTensor =>
    tf.add(tf.matMul(x, v[weight]), v[bias]);
  switch (task.network) {
    case 'mlp': {
      const last = task.widths.length - 2;
      let y = v['x'];
      for (let i = 0; i <= last; i++) {
        y = linear(y, `weight${i}`, `bias${i}`);
        if (i < last) y = tf.relu(y);
      }
      return tf.losses.softmaxCrossEntropy(v['target'], y);
    }
    case 'convolutional': {
      let y = v['x'];
      for (let i = 0; i < task.channels.length - 1; i++)
        y = tf.relu(tf.add(tf.conv2d(y, v[`weight${i}`], 2, 1), v[`bias${i}`]));
      return tf.losses.softmaxCrossEntropy(v['target'], linear(tf.mean(y, [1, 2]), 'weight', 'bias'));
    }
    case 'transformer': {
      const { batch, tokens, dim, heads } = task;
      const norm = (x: TfTensor, name: string): TfTensor => {
        const { mean, variance } = tf.moments(x, -1, true);
        const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
        return tf.add(tf.mul(normal, v[name]), v[`${name}Bias`]);
      };
      const a = norm(v['x'], 'norm1');
      const [q, k, u] = ['query', 'key', 'value'].map((name) => {
        const y = tf.reshape(linear(a, name, `${name}Bias`), [batch, tokens, heads, dim / heads]);
        return tf.transpose(y, [0, 2, 1, 3]);
      });
      const p = tf.softmax(tf.mul(tf.matMul(q, k, false, true), (dim / heads) ** -0.5));
      const mixed = tf.reshape(tf.transpose(tf.matMul(p, u), [0, 2, 1, 3]), [batch * tokens, dim]);
      const x = tf.add(v['x'], linear(mixed, 'output', 'outputBias'));
      const hidden = linear(norm(x, 'norm2'), 'hidden', 'hiddenBias');
      const gelu = tf.mul(tf.mul(hidden, 0.5), tf.add(1, tf.erf(tf.mul(hidden, Math.SQRT1_2))));
      const y = tf.add(x, linear(gelu, 'back', 'backBias'));
      return tf.mean(tf.square(tf.sub(y, v['target'])));
    }
  }
}

import { mergeHeads, permute, splitHeads } from './layouts.ts';
import { type Forward, f32, type Peer } from './peer.ts';
import { type TfTraining, trainTfjs } from './training/train-tfjs.ts';

interface TfTensor {
  readonly shape: number[];
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Binary = (a: TfTensor, b: TfTensor | number) => TfTensor;

/** Subset of @tensorflow/tfjs that is used here. */
export interface Tf {
  tensor(data: Float32Array, shape: readonly number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  conv2d(x: TfTensor, filter: TfTensor, strides: number, pad: 'same'): TfTensor;
  softmax(x: TfTensor): TfTensor;
  moments(x: TfTensor, axis: number, keepDims: boolean): { mean: TfTensor; variance: TfTensor };
  readonly mul: Binary;
  readonly add: Binary;
  readonly sub: Binary;
  rsqrt(x: TfTensor): TfTensor;
  slice(x: TfTensor, begin: number[], size: number[]): TfTensor;
  tidy<T>(body: () => T): T;
  setBackend(name: string): Promise<boolean>;
}

/** TensorFlow.js on its WebGPU backend; attention from products and a softmax, as it has no fused one. */
export function tfjs(tf: Tf): Peer {
  return {
    name: 'tfjs',
    async prepare(operation, inputs) {
      if (operation.op === 'train') return trainTfjs(tf as unknown as TfTraining, operation, inputs);
      const x = Object.fromEntries(
        Object.entries(inputs).map(([name, array]) => [name, { data: f32(array), shape: array.shape }]),
      );
      const tensors: TfTensor[] = [];
      const upload = (data: Float32Array, shape: readonly number[]): TfTensor => {
        const tensor = tf.tensor(data, shape);
        tensors.push(tensor);
        return tensor;
      };
      const [compute, fromResult] = build(tf, operation, x, upload);
      return {
        async run() {
          const last = tf.tidy(() => {
            const y = compute();
            const ends = y.shape.map((length, axis) =>
              axis === y.shape.length - 1 ? length - 4 : length - 1,
            );
            return tf.slice(
              y,
              ends,
              y.shape.map((_, axis) => (axis === y.shape.length - 1 ? 4 : 1)),
            );
          });
          await last.data();
          last.dispose();
        },
        async output() {
          const y = tf.tidy(compute);
          const data = await y.data();
          y.dispose();
          return fromResult(data);
        },
        close() {
          for (const tensor of tensors) tensor.dispose();
        },
      };
    },
  };
}

type Uploaded = Readonly<Record<string, { readonly data: Float32Array; readonly shape: readonly number[] }>>;
type Built = [compute: () => TfTensor, fromResult: (y: Float32Array) => ArrayLike<number>];

function build(
  tf: Tf,
  operation: Forward,
  x: Uploaded,
  upload: (data: Float32Array, shape: readonly number[]) => TfTensor,
): Built {
  const same = (y: Float32Array): Float32Array => y;
  const given = (name: string): TfTensor => upload(x[name].data, x[name].shape);
  switch (operation.op) {
    case 'matmul': {
      const [a, b] = [given('a'), given('b')];
      return [() => tf.matMul(a, b), same];
    }
    case 'conv': {
      const { channels: c } = operation;
      const image = given('x');
      const filter = upload(permute(x['weight'].data, [c, 3, 3, c], [1, 2, 3, 0]), [3, 3, c, c]);
      return [() => tf.conv2d(image, filter, 1, 'same'), same];
    }
    case 'attention': {
      const { heads, tokens, dim } = operation;
      const split = (name: string): TfTensor =>
        upload(splitHeads(x[name].data, heads, tokens, dim), [heads, tokens, dim]);
      const [q, k, v] = [split('q'), split('k'), split('v')];
      const compute = (): TfTensor =>
        tf.matMul(tf.softmax(tf.mul(tf.matMul(q, k, false, true), dim ** -0.5)), v);
      return [compute, (y) => mergeHeads(y, heads, tokens, dim)];
    }
    case 'softmax': {
      const logits = given('x');
      return [() => tf.softmax(logits), same];
    }
    case 'layerNorm': {
      const [values, weight, bias] = [given('x'), given('weight'), given('bias')];
      const compute = (): TfTensor => {
        const { mean, variance } = tf.moments(values, -1, true);
        const normal = tf.mul(tf.sub(values, mean), tf.rsqrt(tf.add(variance, 1e-5)));
        return tf.add(tf.mul(normal, weight), bias);
      };
      return [compute, same];
    }
  }
}

import { fromPlanar, mergeHeads, permute, splitHeads, toPlanar } from './layouts.ts';
import { type Forward, f32, outputShape, type Peer } from './peer.ts';
import { type JaxTraining, trainJax } from './training/train-jax.ts';

/** An array of jax-js: operations consume it, unless they get its `ref`. */
interface JaxArray {
  readonly ref: JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  slice(...ranges: (number | [number, number])[]): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Compute = (...inputs: JaxArray[]) => JaxArray;

/** Subset of @jax-js/jax that is used here. */
export interface Jax {
  readonly numpy: {
    array(data: Float32Array): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    matrixTranspose(x: JaxArray): JaxArray;
    mean(x: JaxArray, axis: number, options: { keepdims: boolean }): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    reciprocal(x: JaxArray): JaxArray;
  };
  readonly nn: { softmax(x: JaxArray): JaxArray };
  readonly lax: {
    convGeneralDilated(x: JaxArray, w: JaxArray, strides: number[], padding: 'SAME'): JaxArray;
  };
  jit(compute: Compute): Compute;
  init(backend: 'webgpu'): Promise<unknown>;
  defaultDevice(backend: 'webgpu'): unknown;
}

/** jax-js, each operation compiled as a whole. */
export function jax(library: Jax): Peer {
  return {
    name: 'jax-js',
    async prepare(operation, inputs) {
      if (operation.op === 'train') return trainJax(library as unknown as JaxTraining, operation, inputs);
      const x = Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, f32(array)]));
      const { tensors, compute, shape, fromResult } = build(library, operation, x);
      const compiled = library.jit(compute);
      const call = (): JaxArray => compiled(...tensors.map(({ ref }) => ref));
      const last = shape.length - 1;
      return {
        async run() {
          const ranges = shape.map((n, axis): number | [number, number] =>
            axis === last ? [n - 4, n] : n - 1,
          );
          await call()
            .slice(...ranges)
            .data();
        },
        output: async () => fromResult(await call().data()),
        close() {
          for (const tensor of tensors) tensor.dispose();
        },
      };
    },
  };
}

interface Built {
  readonly tensors: readonly JaxArray[];
  readonly compute: Compute;
  readonly shape: readonly number[];
  fromResult(y: Float32Array): ArrayLike<number>;
}

function build(
  { numpy: np, nn, lax }: Jax,
  operation: Forward,
  x: Readonly<Record<string, Float32Array>>,
): Built {
  const upload = (data: Float32Array, shape: readonly number[]): JaxArray => np.array(data).reshape(shape);
  const shape = outputShape(operation);
  const fromResult = (y: Float32Array): ArrayLike<number> => y;
  switch (operation.op) {
    case 'matmul': {
      const { m, k, n } = operation;
      const tensors = [upload(x['a'], [m, k]), upload(x['b'], [k, n])];
      return { tensors, compute: (a, b) => np.matmul(a, b), shape, fromResult };
    }
    case 'conv': {
      const { height, width, channels: c } = operation;
      const weight = permute(x['weight'], [c, 3, 3, c], [0, 3, 1, 2]);
      return {
        tensors: [upload(toPlanar(x['x'], shape), [1, c, height, width]), upload(weight, [c, c, 3, 3])],
        compute: (image, filter) => lax.convGeneralDilated(image, filter, [1, 1], 'SAME'),
        shape: [1, c, height, width],
        fromResult: (y) => fromPlanar(y, shape),
      };
    }
    case 'attention': {
      const { heads, tokens, dim } = operation;
      const split = [heads, tokens, dim];
      return {
        tensors: ['q', 'k', 'v'].map((name) => upload(splitHeads(x[name], heads, tokens, dim), split)),
        compute: (q, k, v) => np.matmul(nn.softmax(np.matmul(q, np.matrixTranspose(k)).mul(dim ** -0.5)), v),
        shape: split,
        fromResult: (y) => mergeHeads(y, heads, tokens, dim),
      };
    }
    case 'softmax':
      return { tensors: [upload(x['x'], shape)], compute: (logits) => nn.softmax(logits), shape, fromResult };
    case 'layerNorm': {
      const { cols } = operation;
      const compute: Compute = (values, weight, bias) => {
        const centered = values.ref.sub(np.mean(values, -1, { keepdims: true }));
        const variance = np.mean(centered.ref.mul(centered.ref), -1, { keepdims: true });
        const rstd = np.reciprocal(np.sqrt(variance.add(1e-5)));
        return centered.mul(rstd).mul(weight).add(bias);
      };
      const tensors = [upload(x['x'], shape), upload(x['weight'], [cols]), upload(x['bias'], [cols])];
      return { tensors, compute, shape, fromResult };
    }
  }
}

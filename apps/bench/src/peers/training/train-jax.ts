import { permute, toPlanar } from '../layouts.ts';
import { f32, type Inputs, type Prepared } from '../peer.ts';
import { ADAM, parameterShapes, type TrainingTask, UPDATES } from './training-task.ts';

/** An array of jax-js: operations consume it, unless they get its `ref`. */
interface JaxArray {
  readonly ref: JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  transpose(axes: readonly number[]): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Arrays = Record<string, JaxArray>;
interface State {
  readonly values: Arrays;
  readonly means: Arrays;
  readonly squares: Arrays;
}
type Step = (state: State, x: JaxArray, target: JaxArray, corrections: JaxArray) => [JaxArray, State];

/** The part of @jax-js/jax that training needs. */
export interface JaxTraining {
  readonly numpy: {
    array(data: Float32Array): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    matrixTranspose(x: JaxArray): JaxArray;
    mean(x: JaxArray, axis?: number | number[], options?: { keepdims: boolean }): JaxArray;
    sum(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
    reciprocal(x: JaxArray): JaxArray;
    zerosLike(x: JaxArray): JaxArray;
  };
  readonly nn: {
    relu(x: JaxArray): JaxArray;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
    softmax(x: JaxArray): JaxArray;
    logSoftmax(x: JaxArray): JaxArray;
  };
  readonly lax: {
    convGeneralDilated(
      x: JaxArray,
      w: JaxArray,
      strides: number[],
      padding: readonly (readonly [number, number])[],
    ): JaxArray;
  };
  jit(step: Step): Step;
  valueAndGrad(
    loss: (values: Arrays, x: JaxArray, target: JaxArray) => JaxArray,
  ): (values: Arrays, x: JaxArray, target: JaxArray) => [JaxArray, Arrays];
  readonly tree: { ref<T>(tree: T): T; dispose(tree: unknown): void };
}

/** One network of jax-js; loss, gradients and Adam compiled as a whole. */
export function trainJax(jax: JaxTraining, task: TrainingTask, inputs: Inputs): Prepared {
  const { numpy: np } = jax;
  const upload = (data: Float32Array, shape: readonly number[]): JaxArray => np.array(data).reshape(shape);
  const values: Arrays = {};
  for (const [name, shape] of Object.entries(parameterShapes(task))) {
    const data = f32(inputs[name]);
    const [out, , , channels] = shape;
    values[name] =
      shape.length === 4
        ? upload(permute(data, shape, [0, 3, 1, 2]), [out, channels, 3, 3])
        : upload(data, shape);
  }
  const { shape } = inputs['x'];
  const x =
    shape.length === 4
      ? upload(toPlanar(f32(inputs['x']), shape), [shape[0], shape[3], shape[1], shape[2]])
      : upload(f32(inputs['x']), shape);
  const target = upload(f32(inputs['target']), inputs['target'].shape);
  const zeros = (): Arrays =>
    Object.fromEntries(Object.entries(values).map(([name, { ref }]) => [name, np.zerosLike(ref)]));
  let state: State = { values, means: zeros(), squares: zeros() };
  const compiled = jax.jit(stepOf(jax, task));
  let steps = 0;
  const step = async (): Promise<number> => {
    steps += 1;
    const corrections = np.array(
      Float32Array.of(1 / (1 - ADAM.beta1 ** steps), 1 / (1 - ADAM.beta2 ** steps)),
    );
    const [loss, next] = compiled(state, x.ref, target.ref, corrections);
    state = next;
    return (await loss.data())[0];
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
      jax.tree.dispose(state);
      for (const array of [x, target]) array.dispose();
    },
  };
}

function stepOf(jax: JaxTraining, task: TrainingTask): Step {
  const { numpy: np } = jax;
  const gradients = jax.valueAndGrad((values, x, target) => lossOf(jax, task, values, x, target));
  return ({ values, means, squares }, x, target, corrections) => {
    const [loss, grads] = gradients(jax.tree.ref(values), x, target);
    const { learningRate, beta1, beta2, epsilon } = ADAM;
    const next: State = { values: {}, means: {}, squares: {} };
    const correction = (i: number): JaxArray => pick(corrections.ref, i);
    for (const name of Object.keys(values)) {
      const g = grads[name];
      const mean = means[name].mul(beta1).add(g.ref.mul(1 - beta1));
      const square = squares[name].mul(beta2).add(g.ref.mul(g).mul(1 - beta2));
      const root = np.sqrt(square.ref.mul(correction(1))).add(epsilon);
      const change = mean.ref.mul(correction(0)).mul(learningRate).div(root);
      next.values[name] = values[name].sub(change);
      next.means[name] = mean;
      next.squares[name] = square;
    }
    corrections.dispose();
    return [loss, next];
  };
}

const pick = (x: JaxArray, i: number): JaxArray => (x as JaxArray & { slice(i: number): JaxArray }).slice(i);

function lossOf(
  { numpy: np, nn, lax }: JaxTraining,
  task: TrainingTask,
  v: Arrays,
  x: JaxArray,
  target: JaxArray,
): JaxArray {
  const linear = (x: JaxArray, weight: string, bias: string): JaxArray =>
    np.matmul(x, v[weight]).add(v[bias]);
  const crossEntropy = (logits: JaxArray): JaxArray =>
    np.sum(nn.logSoftmax(logits).mul(target)).mul(-1 / task.batch);
  switch (task.network) {
    case 'mlp': {
      const last = task.widths.length - 2;
      let y = x;
      for (let i = 0; i <= last; i++) {
        y = linear(y, `weight${i}`, `bias${i}`);
        if (i < last) y = nn.relu(y);
      }
      return crossEntropy(y);
    }
    case 'convolutional': {
      const border = [
        [1, 1],
        [1, 1],
      ] as const;
      let y = x;
      for (let i = 0; i < task.channels.length - 1; i++) {
        const bias = v[`bias${i}`].reshape([task.channels[i + 1], 1, 1]);
        y = nn.relu(lax.convGeneralDilated(y, v[`weight${i}`], [2, 2], border).add(bias));
      }
      return crossEntropy(linear(np.mean(y, [2, 3]), 'weight', 'bias'));
    }
    case 'transformer': {
      const { batch, tokens, dim, heads } = task;
      const norm = (x: JaxArray, name: string): JaxArray => {
        const centered = x.ref.sub(np.mean(x, -1, { keepdims: true }));
        const variance = np.mean(centered.ref.mul(centered.ref), -1, { keepdims: true });
        const inverse = np.reciprocal(np.sqrt(variance.add(1e-5)));
        return centered.mul(inverse).mul(v[name]).add(v[`${name}Bias`]);
      };
      const a = norm(x.ref, 'norm1');
      const [q, k, u] = ['query', 'key', 'value'].map((name) =>
        linear(a.ref, name, `${name}Bias`)
          .reshape([batch, tokens, heads, dim / heads])
          .transpose([0, 2, 1, 3]),
      );
      a.dispose();
      const p = nn.softmax(np.matmul(q, np.matrixTranspose(k)).mul((dim / heads) ** -0.5));
      const mixed = np
        .matmul(p, u)
        .transpose([0, 2, 1, 3])
        .reshape([batch * tokens, dim]);
      const y = x.add(linear(mixed, 'output', 'outputBias'));
      const hidden = linear(norm(y.ref, 'norm2'), 'hidden', 'hiddenBias');
      const difference = y
        .add(linear(nn.gelu(hidden, { approximate: false }), 'back', 'backBias'))
        .sub(target);
      return np.mean(difference.ref.mul(difference));
    }
  }
}

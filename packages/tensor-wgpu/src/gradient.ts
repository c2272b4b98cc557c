import { ShapeError } from './errors.ts';
import { GradientSums } from './gradient-sums.ts';
import { KeptHalves } from './kept-halves.ts';
import { zeros } from './kernels/elementwise/apply.ts';
import { reshape } from './kernels/reshape.ts';
import { refusePromise, scope, tensorsIn, track } from './scope.ts';
import { Tape } from './tape.ts';
import { Tensor } from './tensor.ts';

/** A loss with its gradients; `aux` is the function's other results. */
export interface ValueAndGrad<A = undefined> {
  readonly value: Tensor;
  /** In the order of the parameters. */
  readonly grads: Tensor[];
  readonly aux: A;
}

/**
 * Runs `loss` and returns its tensor of one element with its gradient for each parameter. The function may return a pair of
 * loss and anything else made of tensors (predictions, parts of the loss), returned as `aux`, without a gradient.
 *
 * @throws ShapeError if the loss has more than one element, or if a parameter is q8: gradients are too small for its steps
 */
export function valueAndGrad<R extends Tensor | readonly [loss: Tensor, aux: unknown]>(
  loss: () => R,
  parameters: readonly Tensor[],
): ValueAndGrad<R extends readonly [Tensor, infer A] ? A : undefined> {
  type Aux = R extends readonly [Tensor, infer A] ? A : undefined;
  for (const { shape, dtype } of parameters) {
    if (dtype !== 'q8') continue;
    throw new ShapeError(`valueAndGrad: parameter [${shape}] is q8: load what is trained with dtype: 'f32'`);
  }
  return scope(() => {
    const body = (): { value: Tensor; aux: Aux } => {
      const result = refusePromise('valueAndGrad', loss());
      const [value, aux] = result instanceof Tensor ? [result, undefined] : result;
      return { value, aux: aux as Aux };
    };
    const { value: found, grads } = differentiate(body, parameters, ({ value }) => {
      if (value.size === 1) return [[value, value.device.tensor([1], value.shape)]];
      throw new ShapeError(`valueAndGrad: the loss is [${value.shape}], expected one element`);
    });
    return { ...found, grads: grads.map((grad, i) => grad ?? zeros(parameters[i])) };
  });
}

/** d(loss)/d(output), and the output. */
type Seed = readonly [output: Tensor, dy: Tensor];

/**
 * Runs `body` and pulls gradients back through it: from d(loss)/d(its results), which `seed` returns, to
 * d(loss)/d(input) for each input, undefined where the results do not depend on it.
 */
export function differentiate<T>(
  body: () => T,
  inputs: readonly Tensor[],
  seed: (value: T) => readonly Seed[],
): { readonly value: T; readonly grads: readonly (Tensor | undefined)[] } {
  return scope(() => {
    using tape = new Tape(inputs, new KeptHalves());
    const value = tape.run(() => scope(body));
    const seeds = scope(() => seed(value).map(([output, dy]): Seed => [output, view(dy)]));
    for (const tensor of tensorsIn(value)) if (tape.owned.delete(tensor)) track(tensor);
    return { value, grads: pullBack(tape, seeds, inputs) };
  });
}

/** Walks the steps backwards and frees each tensor once no earlier step needs it. */
function pullBack(
  { steps, tracked, owned, keeping }: Tape,
  seeds: readonly Seed[],
  inputs: readonly Tensor[],
): (Tensor | undefined)[] {
  const grads = new GradientSums();
  for (const [output, dy] of seeds) grads.give(output, dy);
  const firstUse = new Map<Tensor, number>();
  const held = steps.map(({ outputs, inputs, saved }) => [...outputs, ...inputs, ...saved]);
  for (const [i, tensors] of held.entries()) {
    for (const tensor of tensors) if (!firstUse.has(tensor)) firstUse.set(tensor, i);
  }

  for (let i = steps.length - 1; i >= 0; i--) {
    const { outputs, inputs: from, backward } = steps[i];
    const dys = outputs.map((output) => grads.get(output));
    if (dys.some((dy) => dy !== undefined)) {
      const wanted = from.map((input) => tracked.has(input));
      // Views, because a backward may return dy or something saved, and each gradient is freed by itself.
      const found = scope(() => backward(dys, wanted).map((dx, n) => (dx && wanted[n] ? view(dx) : null)));
      for (const [n, dx] of found.entries()) if (dx) grads.give(from[n], dx);
      for (const output of outputs) if (!inputs.includes(output)) grads.drop(output);
    }
    for (const tensor of held[i]) {
      if (firstUse.get(tensor) === i && owned.delete(tensor)) tensor.dispose();
    }
    keeping?.settle(held[i - 1] ?? []);
  }
  return inputs.map((input) => grads.get(input));
}

const view = (x: Tensor): Tensor => reshape(x, x.shape);

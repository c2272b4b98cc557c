import { ShapeError } from './errors.ts';
import { add } from './kernels/elementwise/elementwise.ts';
import { zeros } from './kernels/reduce/reduce.ts';
import { reshape } from './kernels/reshape.ts';
import { scope, track } from './scope.ts';
import { Tape } from './tape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Runs `loss`, which must return a tensor of one element, and returns it with its gradient for each parameter.
 *
 * @throws ShapeError if the loss has more than one element
 */
export function valueAndGrad(
  loss: () => Tensor,
  parameters: readonly Tensor[],
): { value: Tensor; grads: Tensor[] } {
  return scope(() => {
    const { value, grads } = differentiate(loss, parameters, (value) => {
      if (value.size === 1) return value.device.tensor([1], value.shape);
      throw new ShapeError(`valueAndGrad: the loss is [${value.shape}], expected one element`);
    });
    return { value, grads: grads.map((grad, i) => grad ?? zeros(parameters[i])) };
  });
}

/**
 * Runs `body` and pulls a gradient back through it: from d(loss)/d(its result), which `seed` makes, to d(loss)/d(input)
 * for each input, undefined where the result does not depend on it.
 */
export function differentiate(
  body: () => Tensor,
  inputs: readonly Tensor[],
  seed: (value: Tensor) => Tensor,
): { readonly value: Tensor; readonly grads: readonly (Tensor | undefined)[] } {
  return scope(() => {
    using tape = new Tape(inputs);
    const value = tape.run(body);
    const dy = scope(() => seed(value));
    if (tape.owned.delete(value)) track(value);
    return { value, grads: pullBack(tape, value, dy, inputs) };
  });
}

/** Goes through the steps backwards, and frees each tensor when no step before needs it. */
function pullBack(
  { steps, tracked, owned }: Tape,
  value: Tensor,
  seed: Tensor,
  inputs: readonly Tensor[],
): (Tensor | undefined)[] {
  const grads = new Map([[value, view(seed)]]);
  const firstUse = new Map<Tensor, number>();
  const held = steps.map(({ output, inputs, saved }) => [output, ...inputs, ...saved]);
  for (const [i, tensors] of held.entries()) {
    for (const tensor of tensors) if (!firstUse.has(tensor)) firstUse.set(tensor, i);
  }

  for (let i = steps.length - 1; i >= 0; i--) {
    const { output, inputs: from, backward } = steps[i];
    const dy = grads.get(output);
    if (dy) {
      const wanted = from.map((input) => tracked.has(input));
      // Views, because a backward may return dy or something saved, and each gradient is freed by itself.
      const found = scope(() => backward(dy, wanted).map((dx, n) => (dx && wanted[n] ? view(dx) : null)));
      for (const [n, dx] of found.entries()) {
        if (!dx) continue;
        const known = grads.get(from[n]);
        grads.set(from[n], known ? add(known, dx) : dx);
        if (known) for (const term of [known, dx]) term.dispose();
      }
      if (!inputs.includes(output)) {
        grads.delete(output);
        dy.dispose();
      }
    }
    for (const tensor of held[i]) {
      if (firstUse.get(tensor) === i && owned.delete(tensor)) tensor.dispose();
    }
  }
  return inputs.map((input) => grads.get(input));
}

const view = (x: Tensor): Tensor => reshape(x, x.shape);

import { ShapeError } from './errors.ts';
import { add } from './kernels/elementwise/elementwise.ts';
import { zeros } from './kernels/reduce/reduce.ts';
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
    const tape = new Tape(parameters);
    const value = tape.run(loss);
    if (value.size !== 1)
      throw new ShapeError(`valueAndGrad: the loss is [${value.shape}], expected one element`);
    const grads = new Map([[value, value.device.tensor([1], value.shape)]]);
    for (const { output, inputs, backward } of tape.steps.reverse()) {
      const dy = grads.get(output);
      if (!dy) continue;
      for (const [i, dx] of backward(dy).entries()) {
        const input = inputs[i];
        if (!dx || !tape.tracked.has(input)) continue;
        const sum = grads.get(input);
        grads.set(input, sum ? add(sum, dx) : dx);
      }
    }
    if (tape.owned.delete(value)) track(value);
    for (const tensor of tape.owned) tensor.dispose();
    return { value, grads: parameters.map((parameter) => grads.get(parameter) ?? zeros(parameter)) };
  });
}

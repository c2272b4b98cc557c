import { differentiate } from './gradient.ts';
import { halfActivations, storesHalves } from './half-activations.ts';
import { observe, scope, tensorsIn } from './scope.ts';
import { activeTape, recordAll, Tape } from './tape.ts';
import type { Tensor } from './tensor.ts';

/**
 * A function of tensors of which `valueAndGrad` keeps only the arguments and the result: intermediates are computed
 * again in the backward pass. Saves memory for one more forward pass. https://arxiv.org/abs/1604.06174
 *
 * @param body  deterministic; tensors that it uses besides its arguments (parameters) must stay alive and in place.
 *              Arguments and result are tensors, or arrays and plain objects of them
 * @returns     the same function, with the same bits; gradients may differ by the order in which they are added
 */
export function recompute<A extends readonly unknown[], T>(body: (...inputs: A) => T): (...inputs: A) => T {
  return (...inputs) => {
    const tape = activeTape();
    if (!tape) return body(...inputs);
    const trial = new Tape([...tape.tracked]);
    const { result, made } = observe(() => scope(() => trial.run(() => body(...inputs))));
    const sources = [...new Set(trial.steps.flatMap((step) => step.inputs))].filter((tensor) =>
      tape.tracked.has(tensor),
    );
    const isOutput = (tensor: Tensor): boolean => trial.tracked.has(tensor) && !tape.tracked.has(tensor);
    const outputs = [...tensorsIn(result)].filter(isOutput);
    trial.heir = tape;
    for (const tensor of trial.owned) {
      if (!made.has(tensor) || outputs.includes(tensor)) tape.owned.add(tensor);
      else tensor.dispose();
    }
    const places = [...tensorsIn(result)].map(isOutput);
    const others = [...tensorsIn(inputs)].filter((tensor) => !sources.includes(tensor));
    const halves = storesHalves();
    recordAll(outputs, sources, others, (dys) => {
      const { grads } = differentiate(
        () => (halves ? halfActivations(() => body(...inputs)) : body(...inputs)),
        sources,
        (again) => {
          const values = [...tensorsIn(again)].filter((_, i) => places[i]);
          return values.flatMap((value, i) => {
            const dy = dys[i];
            return dy ? [[value, dy] as const] : [];
          });
        },
      );
      return grads.map((grad) => grad ?? null);
    });
    return result;
  };
}

import { storesHalves } from './half-activations.ts';
import { adopt, type Keeper, refusePromise } from './scope.ts';
import type { Tensor } from './tensor.ts';

/**
 * d(loss)/d(output) -> d(loss)/d(input), one per input; null where the input is constant. `wanted[i]` is false if input
 * i needs no gradient, which may then be left out.
 */
export type Backward = (dy: Tensor, wanted: readonly boolean[]) => readonly (Tensor | null)[];

/** The same for several outputs; the gradient is undefined for one that the loss does not depend on. */
export type BackwardOfAll = (
  dys: readonly (Tensor | undefined)[],
  wanted: readonly boolean[],
) => readonly (Tensor | null)[];

/** A recorded operation, with the tensors that its backward reads. */
export interface Step {
  readonly outputs: readonly Tensor[];
  readonly inputs: readonly Tensor[];
  readonly saved: readonly Tensor[];
  readonly backward: BackwardOfAll;
}

/** Storage of activations between the forward and the backward pass in a smaller form. */
export interface Keeping {
  /** Names an operation's output as one that may be kept in another form. */
  offer(output: Tensor): void;
  /** Names a tensor that is kept as it is. */
  exempt(tensor: Tensor): void;
  /** The forward pass needs the tensor no more. */
  release(tensor: Tensor): void;
  /** A step of the backward pass has ended. @param next  tensors of the next one */
  settle(next: readonly Tensor[]): void;
}

/** A record of the operations on the tensors that a computation is differentiated by. */
export class Tape implements Disposable, Keeper {
  readonly steps: Step[] = [];
  readonly owned: Set<Tensor> = new Set();
  readonly tracked: Set<Tensor>;
  readonly keeping: Keeping | undefined;
  /** The tape that owns the tensors in the end. */
  heir: Tape | undefined;

  constructor(parameters: readonly Tensor[], keeping?: Keeping) {
    this.tracked = new Set(parameters);
    this.keeping = keeping;
  }

  /** Records everything that `body` does. */
  run<T>(body: () => T): T {
    const outer = active;
    active = this;
    try {
      return refusePromise('valueAndGrad', body());
    } finally {
      active = outer;
    }
  }

  released(tensor: Tensor): void {
    if (this.heir) this.heir.released(tensor);
    else if (this.owned.has(tensor)) this.keeping?.release(tensor);
  }

  /** Frees the tensors that it kept. */
  [Symbol.dispose](): void {
    for (const tensor of this.owned) tensor.dispose();
    this.owned.clear();
  }
}

let active: Tape | undefined;

/** True if a gradient through any of these tensors will be needed: the operation then keeps what its backward reads. */
export function isTracked(...inputs: readonly (Tensor | undefined)[]): boolean {
  return inputs.some((input) => input !== undefined && active?.tracked.has(input));
}

/**
 * Records how to differentiate `output` with respect to `inputs`; `saved` are other tensors that `backward` reads, and
 * an output among them is always kept as it is: statistics, which bear no rounding.
 */
export function record(
  output: Tensor,
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  backward: Backward,
): Tensor {
  recordAll([output], inputs, saved, ([dy], wanted) => backward(dy as Tensor, wanted));
  return output;
}

/** The same for an operation with several outputs. */
export function recordAll(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  backward: BackwardOfAll,
): void {
  const tape = active;
  if (!tape || !isTracked(...inputs)) return;
  for (const output of outputs) tape.tracked.add(output);
  tape.steps.push({ outputs, inputs, saved, backward });
  if (storesHalves()) for (const output of outputs) tape.keeping?.offer(output);
  for (const tensor of saved) tape.keeping?.exempt(tensor);
  for (const tensor of [...outputs, ...inputs, ...saved]) if (adopt(tensor, tape)) tape.owned.add(tensor);
}

/** The tape that is recording, if any. */
export function activeTape(): Tape | undefined {
  return active;
}

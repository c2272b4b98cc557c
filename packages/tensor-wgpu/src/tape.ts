import { ShapeError } from './errors.ts';
import { adopt, refusePromise } from './scope.ts';
import type { Tensor } from './tensor.ts';

/**
 * d(loss)/d(output) -> d(loss)/d(input), one per input; null where the input is constant. `wanted` says for each input
 * whether anyone asks: what nobody does may be left out.
 */
export type Backward = (dy: Tensor, wanted: readonly boolean[]) => readonly (Tensor | null)[];

/** One operation that was differentiated, with what its backward reads. */
export interface Step {
  readonly output: Tensor;
  readonly inputs: readonly Tensor[];
  readonly saved: readonly Tensor[];
  readonly backward: Backward;
}

/** What a computation did to the tensors it is differentiated by. */
export class Tape implements Disposable {
  readonly steps: Step[] = [];
  readonly owned: Set<Tensor> = new Set();
  readonly tracked: Set<Tensor>;

  constructor(parameters: readonly Tensor[]) {
    this.tracked = new Set(parameters);
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

  /** Frees what it kept. */
  [Symbol.dispose](): void {
    for (const tensor of this.owned) tensor.dispose();
    this.owned.clear();
  }
}

let active: Tape | undefined;

/** Whether a gradient through any of these will be asked for: then an operation keeps what its backward needs. */
export function isTracked(...inputs: readonly (Tensor | undefined)[]): boolean {
  return inputs.some((input) => input !== undefined && active?.tracked.has(input));
}

/** Says how to differentiate `output` with respect to `inputs`; `saved` are what else `backward` reads. */
export function record(
  output: Tensor,
  inputs: readonly Tensor[],
  saved: readonly Tensor[],
  backward: Backward,
): Tensor {
  const tape = active;
  if (!tape || !isTracked(...inputs)) return output;
  tape.tracked.add(output);
  tape.steps.push({ output, inputs, saved, backward });
  for (const tensor of [output, ...inputs, ...saved]) if (adopt(tensor)) tape.owned.add(tensor);
  return output;
}

/** For an operation without a backward: a gradient through it is an error, not a zero. */
export function withoutGradient(op: string, output: Tensor, inputs: readonly Tensor[]): Tensor {
  return record(output, inputs, [], () => {
    throw new ShapeError(`${op} has no gradient yet`);
  });
}

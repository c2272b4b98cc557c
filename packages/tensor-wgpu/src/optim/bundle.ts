import type { Device } from '../device/device.ts';
import { ShapeError } from '../errors.ts';
import { full } from '../kernels/elementwise/apply.ts';
import type { Tensor } from '../tensor.ts';

/** Hyperparameters of one parameter. */
export interface ParameterGroup {
  /** Learning rate, before the schedule's factor. */
  readonly learningRate: number;
  readonly weightDecay: number;
}

export interface OptimizerOptions extends Partial<ParameterGroup> {
  /** Learning rate and decay of a parameter by its name, where they differ from the options'. */
  readonly groupOf?: (name: string) => Partial<ParameterGroup>;
  /** Maximum global gradient norm: gradients beyond it are scaled down. No limit by default. */
  readonly clipNorm?: number;
}

export interface Member {
  readonly name: string;
  readonly parameter: Tensor;
  readonly group: ParameterGroup;
}

/** Parameters that one dispatch updates, with their state in one tensor. */
export interface Bundle {
  readonly members: readonly Member[];
  readonly state: Tensor;
}

const TOGETHER = 3; // parameters per dispatch

/** @throws ShapeError for parameters that are not f32, or that are given twice, and for numbers out of range */
export function membersOf(
  rule: string,
  parameters: ReadonlyMap<string, Tensor>,
  options: OptimizerOptions & ParameterGroup,
): Member[] {
  const names = new Map<unknown, string>();
  return [...parameters].map(([name, parameter]) => {
    if (parameter.dtype !== 'f32') {
      throw new ShapeError(
        `${rule}: ${name} is ${parameter.dtype}, expected f32: load parameters to be trained with dtype: 'f32'`,
      );
    }
    const twin = names.get(parameter.storage);
    if (twin !== undefined)
      throw new ShapeError(`${rule}: ${twin} and ${name} are the same tensor; give it once`);
    names.set(parameter.storage, name);
    const { learningRate, weightDecay } = { ...options, ...options.groupOf?.(name) };
    for (const [what, value] of Object.entries({ learningRate, weightDecay })) {
      expectNumber(`${rule}: ${what} of ${name}`, value, (x) => x >= 0, 'a number from 0');
    }
    return { name, parameter, group: { learningRate, weightDecay } };
  });
}

/** Groups of up to three parameters; one whose state exceeds a binding is alone, to be bound range by range. */
export function bundle(device: Device, members: readonly Member[], kept: number): Bundle[] {
  const limit = device.info.limits.maxStorageBufferBindingSize / (TOGETHER * Math.max(1, kept)) - 16;
  const lists: Member[][] = [];
  let open: Member[] = [];
  for (const member of members) {
    if (member.parameter.bytes > limit) {
      lists.push([member]);
      continue;
    }
    if (open.length % TOGETHER === 0) {
      open = [];
      lists.push(open);
    }
    open.push(member);
  }
  return lists.map((list) => {
    const quads = list.reduce((sum, { parameter }) => sum + Math.ceil(parameter.size / 4), 0);
    return { members: list, state: full(device, [4 * quads * kept]) };
  });
}

/** @throws ShapeError unless the number is finite and in range */
export function expectNumber(
  what: string,
  value: number,
  inRange: (x: number) => boolean,
  range: string,
): void {
  if (Number.isFinite(value) && inRange(value)) return;
  throw new ShapeError(`${what} is ${value}, expected ${range}`);
}

import { coreOf, type Device } from '../device/device.ts';
import { ShapeError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { full } from '../kernels/elementwise/apply.ts';
import { scope, unscoped } from '../scope.ts';
import { sameShape, Tensor } from '../tensor.ts';
import {
  type Bundle,
  bundle,
  expectNumber,
  type Member,
  membersOf,
  type OptimizerOptions,
  type ParameterGroup,
} from './bundle.ts';
import { sumsOfSquares } from './gradient-norm.ts';
import { OptimizerState } from './optimizer-state.ts';
import { stepNumbers } from './step-numbers.ts';

/** Gradients by name, or in the order of the parameters, as `valueAndGrad` returns them. */
export type Gradients = ReadonlyMap<string, Tensor> | readonly Tensor[];

type Slot = 'gradient0' | 'gradient1' | 'gradient2';
type Target = 'parameter0' | 'parameter1' | 'parameter2';
export type UpdateParam =
  | 'quads'
  | 'end0'
  | 'end1'
  | 'learning_rate0'
  | 'learning_rate1'
  | 'learning_rate2'
  | 'decay0'
  | 'decay1'
  | 'decay2';

/** A rule as WGSL, linked with update.wgsl. */
export interface Rule {
  /** Name of the optimizer, for messages. */
  readonly name: string;
  readonly kernel: Kernel<'numbers' | Slot, Target | 'state', UpdateParam>;
  /** Values of the rule's `override` declarations. */
  readonly constants: Readonly<Record<string, number>>;
  /** Names of the numbers kept for each element of a parameter. */
  readonly kept: readonly string[];
  readonly betas?: readonly [number, number];
}

/** Updates f32 parameters in place by a rule. All that changes between steps is a tensor, so steps can be captured. */
export abstract class Optimizer implements Disposable {
  /** Counters and moments, which can be read, saved and restored. */
  readonly state: OptimizerState;
  readonly #rule: Rule;
  readonly #device: Device;
  readonly #members: readonly Member[];
  readonly #bundles: readonly Bundle[];
  readonly #clipNorm: number | undefined;
  readonly #one: Tensor;
  /** Placeholders for the parameters that a bundle lacks: a dispatch must not bind one buffer for writing twice. */
  readonly #spare: readonly [Tensor, Tensor, Tensor];

  protected constructor(
    rule: Rule,
    parameters: ReadonlyMap<string, Tensor>,
    options: OptimizerOptions,
    defaults: ParameterGroup,
  ) {
    const [first] = parameters.values();
    if (!first) throw new ShapeError(`${rule.name}: no parameters`);
    const { name, kept } = rule;
    const { device } = first;
    if (coreOf(device).commands.recording)
      throw new ShapeError(`${name}: create the optimizer outside of captured functions`);
    expectNumber(`${name}: clipNorm`, options.clipNorm ?? 1, (x) => x > 0, 'a number above 0');
    this.#rule = rule;
    this.#device = device;
    this.#clipNorm = options.clipNorm;
    this.#members = membersOf(name, parameters, { ...defaults, ...options });
    const own = unscoped(() => ({
      bundles: bundle(device, this.#members, kept.length),
      one: device.tensor([1], [1]),
      spare: [full(device, [4]), full(device, [4]), full(device, [4])] as const,
      counters: device.tensor(new Uint32Array(2), [2]),
    }));
    this.#bundles = own.bundles;
    this.#one = own.one;
    this.#spare = own.spare;
    this.state = new OptimizerState(name, kept, own.counters, own.bundles);
  }

  /**
   * Updates every parameter once, unless a gradient holds a NaN or an infinity: then only the counter of skipped steps
   * changes. In a captured function, each replay is a step.
   *
   * @param gradients  by name, or in the order of the parameters
   * @param factor     multiplies all learning rates at this step, f32 of one element; 1 by default. A tensor, because a
   *   capture would freeze a number
   * @returns          [1], the global gradient norm before clipping, infinite if the step was skipped; the caller
   *   disposes it
   * @throws ShapeError for a gradient that is missing, not f32 or not shaped as its parameter
   */
  step(gradients: Gradients, factor: Tensor = this.#one): Tensor {
    const { name } = this.#rule;
    const list = this.#inOrder(gradients);
    if (!(factor instanceof Tensor) || factor.dtype !== 'f32' || factor.size !== 1) {
      const found = factor instanceof Tensor ? `${factor.dtype} [${factor.shape}]` : `${factor}`;
      throw new ShapeError(
        `${name}: the factor of the learning rates is ${found}, expected f32 [1]: device.tensor([factor], [1])`,
      );
    }
    return scope(() => {
      const { numbers, norm } = stepNumbers(
        this.#device,
        sumsOfSquares(this.#device, list),
        factor,
        this.state.counters,
        { clipNorm: this.#clipNorm, betas: this.#rule.betas },
      );
      const gradientOf = new Map(this.#members.map((member, i) => [member, list[i]]));
      for (const each of this.#bundles) this.#update(each, numbers, gradientOf);
      return norm;
    });
  }

  #inOrder(gradients: Gradients): Tensor[] {
    const { name: rule } = this.#rule;
    const isMap = gradients instanceof Map;
    return this.#members.map(({ name, parameter }, i) => {
      const found = isMap ? gradients.get(name) : (gradients as readonly Tensor[])[i];
      if (found && sameShape(found.shape, parameter.shape) && found.dtype === 'f32') return found;
      const is = found ? `${found.dtype === 'f32' ? '' : `${found.dtype} `}[${found.shape}]` : 'missing';
      throw new ShapeError(`${rule}: the gradient of ${name} is ${is}, expected [${parameter.shape}]`);
    });
  }

  #update({ members, state }: Bundle, numbers: Tensor, gradientOf: ReadonlyMap<Member, Tensor>): void {
    const { kernel, constants, kept } = this.#rule;
    const gradient = (i: number): Tensor => {
      const member = members[i];
      return (member && gradientOf.get(member)) ?? coreOf(this.#device).placeholder;
    };
    const parameter = (i: number): Tensor => members[i]?.parameter ?? this.#spare[i];
    const group = (i: number): ParameterGroup => (members[i] ?? members[0]).group;
    const quads = members.map((member) => Math.ceil(member.parameter.size / 4));
    const [first, second = 0, third = 0] = quads;
    kernel.dispatch(
      {
        numbers,
        gradient0: gradient(0),
        gradient1: gradient(1),
        gradient2: gradient(2),
        parameter0: parameter(0),
        parameter1: parameter(1),
        parameter2: parameter(2),
        state,
      },
      {
        quads: first + second + third,
        end0: first,
        end1: first + second,
        learning_rate0: group(0).learningRate,
        learning_rate1: group(1).learningRate,
        learning_rate2: group(2).learningRate,
        decay0: group(0).weightDecay,
        decay1: group(1).weightDecay,
        decay2: group(2).weightDecay,
      },
      {
        constants,
        ...(members.length > 1
          ? {}
          : { slice: { param: 'quads', per: { gradient0: 4, parameter0: 4, state: 4 * kept.length } } }),
      },
    );
  }

  /** Frees the state; the parameters stay. */
  dispose(): void {
    for (const { state } of this.#bundles) state.dispose();
    for (const tensor of [this.#one, this.state.counters, ...this.#spare]) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

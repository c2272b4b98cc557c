import {
  add,
  affine,
  type Device,
  defineKernel,
  div,
  filled,
  minimum,
  reshape,
  ShapeError,
  scope,
  sqrt,
  square,
  sum,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import wgsl from './adamw.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'adamw',
  wgsl: [wgsl],
  reads: ['gradient', 'now', 'scale'],
  writes: ['parameter', 'mean', 'square'],
  params: {
    quads: 'u32',
    rate: 'f32',
    decay: 'f32',
    beta1: 'f32',
    new1: 'f32',
    beta2: 'f32',
    new2: 'f32',
    eps: 'f32',
  },
  invocations: ({ quads }) => quads,
});

/** How one parameter is trained. */
export interface ParameterGroup {
  /** Learning rate, before the schedule. */
  readonly rate: number;
  readonly weightDecay: number;
}

export interface AdamWOptions {
  /** How a parameter is trained, by its name. */
  readonly groupOf: (name: string) => ParameterGroup;
  /** Decay of the means of gradients and of their squares; 0.9 and 0.999 unless given. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the mean square; 1e-8 unless given. */
  readonly eps?: number;
  /** Most that the norm of all gradients together may be: larger ones are scaled down. No limit unless given. */
  readonly clipNorm?: number;
}

interface State {
  readonly parameter: Tensor;
  readonly group: ParameterGroup;
  readonly mean: Tensor;
  readonly square: Tensor;
}

const CLIP_EPSILON = 1e-6; // as torch.nn.utils.clip_grad_norm_

/**
 * Adam with decoupled weight decay, https://arxiv.org/abs/1711.05101, for parameters of f32, which it changes in place. What
 * changes from step to step reaches the GPU as a tensor.
 */
export class AdamW implements Disposable {
  readonly #states = new Map<string, State>();
  readonly #device: Device;
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #clipNorm: number | undefined;
  #steps = 0;

  /** @throws ShapeError for parameters that are none, or not f32 */
  constructor(parameters: ReadonlyMap<string, Tensor>, options: AdamWOptions) {
    const [first] = parameters.values();
    if (!first) throw new ShapeError('AdamW: no parameters');
    this.#device = first.device;
    this.#betas = options.betas ?? [0.9, 0.999];
    this.#eps = options.eps ?? 1e-8;
    this.#clipNorm = options.clipNorm;
    for (const [name, parameter] of parameters) {
      if (parameter.dtype !== 'f32')
        throw new ShapeError(`AdamW: ${name} is ${parameter.dtype}, expected f32`);
      const zeros = (): Tensor => filled(this.#device, parameter.shape);
      this.#states.set(name, {
        parameter,
        group: options.groupOf(name),
        mean: zeros(),
        square: zeros(),
      });
    }
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Changes every parameter once.
   *
   * @param gradients  of each parameter, by name
   * @param factor     of all learning rates at this step: what a schedule says
   * @returns          [1], the norm of all gradients together, before it is limited; the caller disposes it
   * @throws ShapeError for a gradient that is missing or not shaped as its parameter
   */
  step(gradients: ReadonlyMap<string, Tensor>, factor: number): Tensor {
    for (const [name, { parameter }] of this.#states) {
      const found = gradients.get(name);
      if (`${found?.shape}` === `${parameter.shape}`) continue;
      throw new ShapeError(
        `AdamW: the gradient of ${name} is ${found ? `[${found.shape}]` : 'missing'}, expected [${parameter.shape}]`,
      );
    }
    this.#steps += 1;
    const [beta1, beta2] = this.#betas;
    const [mean, square] = [1 - beta1 ** this.#steps, 1 - beta2 ** this.#steps];
    return scope(() => {
      const now = this.#device.tensor(Float32Array.of(factor, 1 / mean, 1 / Math.sqrt(square)), [3]);
      const norm = this.#norm(gradients);
      const scale = this.#scale(norm);
      for (const [name, state] of this.#states) {
        const gradient = gradients.get(name) as Tensor;
        this.#update(state, { gradient, now, scale });
      }
      return norm;
    });
  }

  #update(state: State, step: Readonly<Record<'gradient' | 'now' | 'scale', Tensor>>): void {
    const { parameter, mean, square, group } = state;
    const [beta1, beta2] = this.#betas;
    const params = {
      quads: Math.ceil(parameter.size / 4),
      rate: group.rate,
      decay: group.weightDecay,
      beta1,
      new1: 1 - beta1,
      beta2,
      new2: 1 - beta2,
      eps: this.#eps,
    };
    const per = { gradient: 4, parameter: 4, mean: 4, square: 4 };
    kernel.dispatch({ ...step, parameter, mean, square }, params, { slice: { param: 'quads', per } });
  }

  #norm(gradients: ReadonlyMap<string, Tensor>): Tensor {
    const squares = [...this.#states.keys()].map((name) => {
      const gradient = gradients.get(name) as Tensor;
      return sum(reshape(square(gradient), [gradient.size]), [0]);
    });
    return sqrt(squares.reduce((total, one) => add(total, one)));
  }

  #scale(norm: Tensor): Tensor {
    const one = this.#device.tensor(Float32Array.of(1), [1]);
    if (this.#clipNorm === undefined) return one;
    const most = this.#device.tensor(Float32Array.of(this.#clipNorm), [1]);
    return minimum(div(most, affine(norm, 1, CLIP_EPSILON)), one);
  }

  /** Frees the state; the parameters stay. */
  [Symbol.dispose](): void {
    for (const { mean, square } of this.#states.values())
      for (const tensor of [mean, square]) tensor.dispose();
    this.#states.clear();
  }
}

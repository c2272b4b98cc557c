import { defineKernel, filled, ShapeError, type Tensor } from '@glip-wgpu/tensor-wgpu';
import wgsl from './moving-average.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'moving-average',
  wgsl: [wgsl],
  reads: ['value'],
  writes: ['average'],
  params: { quads: 'u32', keep: 'f32', share: 'f32' },
  invocations: ({ quads }) => quads,
});

/** Exponential moving averages of parameters: the weights that a model is often evaluated with. */
export class MovingAverage implements Disposable {
  readonly #averages = new Map<string, Tensor>();
  readonly #decay: number;

  /** Starts from the parameters as they are. @throws ShapeError unless the decay is from 0 to 1 */
  constructor(parameters: ReadonlyMap<string, Tensor>, decay: number) {
    if (!(decay >= 0 && decay <= 1)) throw new ShapeError(`MovingAverage: decay ${decay}, expected 0 to 1`);
    this.#decay = decay;
    for (const [name, parameter] of parameters) {
      const average = filled(parameter.device, parameter.shape);
      this.#averages.set(name, average);
      mix(average, parameter, 0);
    }
  }

  /** average = decay * average + (1 - decay) * parameter. @throws ShapeError for a parameter that is missing */
  update(parameters: ReadonlyMap<string, Tensor>): void {
    for (const [name, average] of this.#averages) {
      const parameter = parameters.get(name);
      if (!parameter) throw new ShapeError(`MovingAverage: ${name} is missing`);
      mix(average, parameter, this.#decay);
    }
  }

  get averages(): ReadonlyMap<string, Tensor> {
    return this.#averages;
  }

  [Symbol.dispose](): void {
    for (const tensor of this.#averages.values()) tensor.dispose();
    this.#averages.clear();
  }
}

function mix(average: Tensor, value: Tensor, keep: number): void {
  const params = { quads: Math.ceil(value.size / 4), keep, share: 1 - keep };
  kernel.dispatch({ value, average }, params, { slice: { param: 'quads', per: { value: 4, average: 4 } } });
}

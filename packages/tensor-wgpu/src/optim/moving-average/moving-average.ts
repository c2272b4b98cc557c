import { coreOf } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import { full } from '../../kernels/elementwise/apply.ts';
import { unscoped } from '../../scope.ts';
import { sameShape, type Tensor } from '../../tensor.ts';
import { expectNumber } from '../bundle.ts';
import wgsl from './moving-average.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'moving-average',
  wgsl: [wgsl],
  reads: ['value0', 'value1', 'value2', 'norm'],
  writes: ['average0', 'average1', 'average2'],
  params: { quads: 'u32', end0: 'u32', end1: 'u32', share: 'f32' },
  invocations: ({ quads }) => quads,
});

const TOGETHER = 3; // parameters per dispatch

type Pair = readonly [average: Tensor, value: Tensor];

/**
 * Exponential moving averages of parameters: the weights that a model is often evaluated with. An update may be captured;
 * `assign` puts averages into a model's parameters.
 */
export class MovingAverage implements Disposable {
  readonly #averages = new Map<string, Tensor>();
  readonly #decay: number;
  readonly #spare: readonly Tensor[];

  /**
   * Starts from the parameters as they are.
   *
   * @throws ShapeError if there are no parameters, if one is not f32, or unless the decay is from 0 to 1
   */
  constructor(parameters: ReadonlyMap<string, Tensor>, decay: number) {
    expectNumber('MovingAverage: decay', decay, (x) => x >= 0 && x <= 1, 'from 0 to 1');
    const [first] = parameters.values();
    if (!first) throw new ShapeError('MovingAverage: no parameters');
    for (const [name, { dtype }] of parameters) {
      if (dtype !== 'f32') throw new ShapeError(`MovingAverage: ${name} is ${dtype}, expected f32`);
    }
    this.#decay = decay;
    this.#spare = unscoped(() => [1, 2].map(() => full(first.device, [4])));
    for (const [name, { device, shape }] of parameters) {
      this.#averages.set(
        name,
        unscoped(() => device.empty(shape)),
      );
    }
    this.#mix(parameters, 0);
  }

  /**
   * average = decay * average + (1 - decay) * parameter
   *
   * @param norm  [1], what the optimizer's step returned: the averages stay as they are where it is infinite, which is
   *   where the step was skipped
   * @throws ShapeError for a parameter that is missing or not shaped as its average
   */
  update(parameters: ReadonlyMap<string, Tensor>, norm?: Tensor): void {
    this.#mix(parameters, this.#decay, norm);
  }

  /** By the parameters' names. */
  get averages(): ReadonlyMap<string, Tensor> {
    return this.#averages;
  }

  /** Frees the averages. */
  dispose(): void {
    for (const tensor of [...this.#averages.values(), ...this.#spare]) tensor.dispose();
    this.#averages.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #mix(parameters: ReadonlyMap<string, Tensor>, keep: number, norm?: Tensor): void {
    const pairs = [...this.#averages].map(([name, average]): Pair => {
      const value = parameters.get(name);
      if (value && sameShape(value.shape, average.shape)) return [average, value];
      const found = value ? `[${value.shape}]` : 'missing';
      throw new ShapeError(`MovingAverage: ${name} is ${found}, expected [${average.shape}]`);
    });
    for (const group of grouped(pairs)) this.#mixThree(group, keep, norm);
  }

  #mixThree(pairs: readonly Pair[], keep: number, norm: Tensor | undefined): void {
    const average = (i: number): Tensor => pairs[i]?.[0] ?? this.#spare[i - 1];
    const { placeholder } = coreOf(average(0).device);
    const value = (i: number): Tensor => pairs[i]?.[1] ?? placeholder;
    const quads = [0, 1, 2].map((i) => Math.ceil((pairs[i]?.[0].size ?? 0) / 4));
    const [end0, end1, all] = quads.map((_, i) => quads.slice(0, i + 1).reduce((a, b) => a + b));
    kernel.dispatch(
      {
        value0: value(0),
        value1: value(1),
        value2: value(2),
        norm: norm ?? placeholder,
        average0: average(0),
        average1: average(1),
        average2: average(2),
      },
      { quads: all, end0, end1, share: 1 - keep },
      pairs.length === 1 ? { slice: { param: 'quads', per: { value0: 4, average0: 4 } } } : {},
    );
  }
}

/** Groups of up to three pairs; one that exceeds a binding is alone, to be bound range by range. */
function grouped(pairs: readonly Pair[]): Pair[][] {
  const fits = ([average]: Pair): boolean =>
    average.bytes <= average.device.info.limits.maxStorageBufferBindingSize - 16;
  const small = pairs.filter(fits);
  const groups = pairs.filter((pair) => !fits(pair)).map((pair) => [pair]);
  for (let i = 0; i < small.length; i += TOGETHER) groups.push(small.slice(i, i + TOGETHER));
  return groups;
}

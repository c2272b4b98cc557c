import { Random } from './random.ts';

/** Images of one dataset in one bucket. */
export interface Pool {
  readonly dataset: number;
  readonly bucket: number;
  /** Indices in the dataset. */
  readonly images: Uint32Array;
  /** Share of all samples. */
  readonly share: number;
}

/** An image of a dataset. */
export interface SampleId {
  readonly dataset: number;
  readonly image: number;
}

export interface StepOrder {
  readonly bucket: number;
  readonly samples: readonly SampleId[];
}

interface EpochPart {
  readonly pool: number;
  /** Samples in an epoch. */
  readonly count: number;
}

/**
 * The order of samples: a pure function of seed and step. Each pool is run through in random orders, one after the other;
 * an epoch takes a fixed number of samples from each, by its share; batches are of one bucket, in random order, and full.
 */
export class SampleOrder {
  readonly stepsPerEpoch: number;
  readonly #pools: readonly Pool[];
  readonly #seed: number;
  readonly #batch: number;
  /** For each bucket. */
  readonly #parts: readonly (readonly EpochPart[])[];
  readonly #passes = new Map<number, { readonly pass: number; readonly images: Uint32Array }[]>();
  #epoch: { readonly index: number; readonly steps: readonly StepOrder[] } | undefined;

  /** @param total  samples of an epoch, about */
  constructor(
    pools: readonly Pool[],
    { seed, batch, total }: { seed: number; batch: number; total: number },
  ) {
    this.#pools = pools;
    this.#seed = seed;
    this.#batch = batch;
    const buckets = 1 + pools.reduce((most, { bucket }) => Math.max(most, bucket), 0);
    this.#parts = Array.from({ length: buckets }, (_, bucket) => {
      const own = [...pools.entries()].filter(([, pool]) => pool.bucket === bucket);
      const share = own.reduce((sum, [, pool]) => sum + pool.share, 0);
      if (share === 0) return [];
      const samples = Math.max(1, Math.round((share * total) / batch)) * batch;
      const counts = apportion(
        own.map(([, pool]) => (samples * pool.share) / share),
        samples,
      );
      return own.map(([pool], i) => ({ pool, count: counts[i] }));
    });
    this.stepsPerEpoch = this.#parts.flat().reduce((sum, { count }) => sum + count, 0) / batch;
  }

  /** Samples of a step, counted from 0. */
  at(step: number): StepOrder {
    const index = Math.floor(step / this.stepsPerEpoch);
    if (this.#epoch?.index !== index) this.#epoch = { index, steps: this.#stepsOf(index) };
    return this.#epoch.steps[step - index * this.stepsPerEpoch];
  }

  #stepsOf(epoch: number): StepOrder[] {
    const steps = this.#parts.flatMap((parts, bucket) => {
      const samples = parts.flatMap(({ pool, count }) =>
        Array.from({ length: count }, (_, i) => this.#sample(pool, epoch * count + i)),
      );
      new Random('order', this.#seed, epoch, bucket, 1).shuffle(samples);
      return Array.from({ length: samples.length / this.#batch }, (_, i) => ({
        bucket,
        samples: samples.slice(i * this.#batch, (i + 1) * this.#batch),
      }));
    });
    new Random('order', this.#seed, epoch, 0, 2).shuffle(steps);
    return steps;
  }

  /** Sample `position` of a pool that is run through again and again. */
  #sample(index: number, position: number): SampleId {
    const { images, dataset } = this.#pools[index];
    const pass = Math.floor(position / images.length);
    return { dataset, image: this.#order(index, pass)[position - pass * images.length] };
  }

  #order(index: number, pass: number): Uint32Array {
    const known = this.#passes.get(index) ?? [];
    const found = known.find((one) => one.pass === pass);
    if (found) return found.images;
    const images = this.#pools[index].images.slice();
    new Random('order', this.#seed, pass, index, 3).shuffle(images);
    this.#passes.set(index, [...known.slice(-1), { pass, images }]);
    return images;
  }
}

/** Whole numbers near the given ones, whose sum is `total`: largest remainders; at least 1 each where `total` allows. */
function apportion(wanted: readonly number[], total: number): number[] {
  const counts = wanted.map((share) => Math.max(Math.floor(share), total >= wanted.length ? 1 : 0));
  let left = total - counts.reduce((sum, count) => sum + count, 0);
  const order = wanted
    .map((share, i) => ({ i, rest: share - counts[i] }))
    .sort((a, b) => b.rest - a.rest || a.i - b.i);
  for (let k = 0; left > 0; k = (k + 1) % order.length, left--) counts[order[k].i] += 1;
  for (let k = order.length - 1; left < 0; k = (k + order.length - 1) % order.length) {
    if (counts[order[k].i] <= 1) continue;
    counts[order[k].i] -= 1;
    left++;
  }
  return counts;
}

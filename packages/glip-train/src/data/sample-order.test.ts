import { describe, expect, it } from 'vitest';
import { type Pool, SampleOrder, type StepOrder } from './sample-order.ts';

const pool = (dataset: number, bucket: number, count: number, share: number): Pool => ({
  dataset,
  bucket,
  images: Uint32Array.from({ length: count }, (_, i) => 100 * bucket + i),
  share,
});

function epoch(order: SampleOrder, index: number): StepOrder[] {
  return Array.from({ length: order.stepsPerEpoch }, (_, i) => order.at(index * order.stepsPerEpoch + i));
}

describe('the order of samples', () => {
  const order = new SampleOrder([pool(0, 0, 12, 1)], { seed: 5, batch: 4, total: 12 });

  it('shows every image once in an epoch, in another order each time', () => {
    expect(order.stepsPerEpoch).toBe(3);
    const passes = [0, 1, 7].map((index) =>
      epoch(order, index).flatMap(({ samples }) => samples.map(({ image }) => image)),
    );
    for (const pass of passes) expect([...pass].sort((a, b) => a - b)).toEqual([...Array(12).keys()]);
    expect(new Set(passes.map((pass) => pass.join())).size).toBe(3);
  });

  it('is the same from whatever step it is asked for', () => {
    const again = new SampleOrder([pool(0, 0, 12, 1)], { seed: 5, batch: 4, total: 12 });
    for (const step of [40, 2, 41, 0]) expect(again.at(step)).toEqual(order.at(step));
    const other = new SampleOrder([pool(0, 0, 12, 1)], { seed: 6, batch: 4, total: 12 });
    expect(epoch(other, 0)).not.toEqual(epoch(order, 0));
  });

  it('has full batches of one bucket, and shows every image as often as others over epochs', () => {
    const uneven = new SampleOrder([pool(0, 0, 11, 11 / 16), pool(0, 1, 5, 5 / 16)], {
      seed: 1,
      batch: 4,
      total: 16,
    });
    const seen = new Map<number, number>();
    for (let index = 0; index < 44; index++) {
      for (const { bucket, samples } of epoch(uneven, index)) {
        expect(samples).toHaveLength(4);
        for (const { image } of samples) {
          expect(Math.floor(image / 100)).toBe(bucket);
          seen.set(image, (seen.get(image) ?? 0) + 1);
        }
      }
    }
    for (const bucket of [0, 1]) {
      const counts = [...seen]
        .filter(([image]) => Math.floor(image / 100) === bucket)
        .map(([, count]) => count);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  it('mixes datasets by their shares, within batches', () => {
    const mixed = new SampleOrder([pool(0, 0, 60, 0.75), pool(1, 0, 500, 0.25)], {
      seed: 1,
      batch: 8,
      total: 560,
    });
    const samples = epoch(mixed, 0).flatMap((step) => step.samples);
    expect(samples.filter(({ dataset }) => dataset === 0)).toHaveLength(420);
    const mixedSteps = epoch(mixed, 0).filter(
      (step) => new Set(step.samples.map(({ dataset }) => dataset)).size === 2,
    );
    expect(mixedSteps.length).toBeGreaterThan(50); // of 70
  });

  it('fills batches from very few images', () => {
    const few = new SampleOrder([pool(0, 0, 1, 0.5), pool(0, 1, 1, 0.5)], { seed: 1, batch: 4, total: 2 });
    expect(few.stepsPerEpoch).toBe(2);
    expect(few.at(0).samples).toHaveLength(4);
  });
});

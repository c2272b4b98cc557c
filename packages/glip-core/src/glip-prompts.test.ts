import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { profile } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareDetections } from '../../../scripts/parity/detections.ts';
import type { Detections } from './detect/grounding.ts';
import { Glip } from './glip.ts';
import { scene } from './testing/scene.ts';

const ALL = { threshold: 0 } as const;
const image = scene(120, 96, 5);
const NAMES = [
  'dog',
  'green car',
  'blue house',
  'airplane',
  'duck',
  'bear',
  'bell',
  'bicycle',
  'book',
  'bus',
];
const LONG = {
  categories: [
    ...NAMES,
    ...NAMES.map((name) => `green ${name}`),
    ...NAMES.map((name) => `yellow ${name}`),
    ...NAMES.map((name) => `three ${name}`),
    ...NAMES.map((name) => `two ${name}`),
  ],
};

const numbers = (found: Detections): number[] => found.flatMap(({ box, score }) => [...box, score]);

/** The same detections in any order: labels, boxes within 0.05 pixels, scores within 0.0005. */
function expectSame(found: readonly Detections[number][], expected: readonly Detections[number][]): void {
  const names = [...new Set(expected.map(({ label }) => label))];
  const [actual, known] = [found, expected].map((list) => ({
    boxes: list.flatMap(({ box }) => [...box]),
    scores: list.map(({ score }) => score),
    labels: list.map(({ label }) => names.indexOf(label)),
  }));
  expect(compareDetections('same', actual, known, 'any order', 5e-4)).toMatchObject({ verdict: 'ok' });
}

let glip: Glip;
beforeAll(async () => {
  glip = await Glip.load(emojiTiny);
});
afterAll(() => glip.dispose());

describe('categoriesPerPrompt', () => {
  it('divides a list as a benchmark prescribes, and refuses no category at all', async () => {
    const { plan } = await glip.ground(image, { categories: NAMES }, { categoriesPerPrompt: 4 });
    expect(plan.chunks.map(({ phrases }) => phrases.length)).toEqual([4, 4, 2]);
    const none = glip.detect(image, { categories: NAMES }, { categoriesPerPrompt: 0 });
    await expect(none).rejects.toThrow('categoriesPerPrompt is 0');
  });
});

describe('a list too long for one pass', () => {
  it('encodes the image once and needs one transfer', async () => {
    const kernels = async (prompt: { categories: readonly string[] }) => {
      await glip.detect(image, prompt); // its text is encoded
      const { dispatches, readBacks } = await profile(glip.device, () => glip.detect(image, prompt));
      const count = (name: string) => dispatches.filter(({ kernel }) => kernel === name).length;
      return { merges: count('patch-merge'), deforms: count('deform-conv2d'), readBacks };
    };
    const long = await glip.ground(image, LONG);
    expect(long.plan.chunks.length).toBe(3);
    const [one, three] = [await kernels({ categories: NAMES }), await kernels(LONG)];
    expect(one.merges).toBeGreaterThan(0);
    expect(three.merges).toBe(one.merges);
    expect(three.readBacks).toBe(1);
  });

  it('finds what its parts find as prompts of their own', async () => {
    const { plan } = await glip.ground(image, LONG);
    const parts: Detections[number][] = [];
    for (const { phrases } of plan.chunks) {
      parts.push(...(await glip.detect(image, { categories: phrases.map(({ label }) => label) }, ALL)));
    }
    expectSame(await glip.detect(image, LONG, ALL), parts);
  });

  it('gives what it has after each pass to `onFound`', async () => {
    const counts: number[] = [];
    const onFound = (found: Detections) => counts.push(found.length);
    const found = await glip.detect(image, LONG, { ...ALL, onFound });
    expect(counts).toHaveLength(2);
    expect(counts[0]).toBeGreaterThan(0);
    expect(counts[1]).toBeGreaterThan(counts[0]);
    expect(found.length).toBeGreaterThan(counts[1]);
    expectSame(found, await glip.detect(image, LONG, ALL));
  });

  it('keeps memory flat, with all of its texts on the GPU', async () => {
    await glip.detect(image, LONG);
    const before = glip.device.memory;
    for (let i = 0; i < 5; i++) await glip.detect(image, LONG);
    expect(glip.device.memory.live).toBe(before.live);
    expect(glip.device.memory.allocated).toBe(before.allocated);
  });
});

describe('several captions', () => {
  it('find what each finds alone, with the image encoded once', async () => {
    const captions = [
      {
        caption: 'dog. green car',
        spans: [
          [0, 3],
          [5, 14],
        ] as const,
      },
      { caption: 'a dog on the street', spans: [[2, 5]] as const },
    ];
    const found = await glip.detect(image, { captions }, ALL);
    const alone: Detections[number][] = [];
    for (const caption of captions) alone.push(...(await glip.detect(image, caption, ALL)));
    expectSame(found, alone);
    const { dispatches } = await profile(glip.device, () => glip.detect(image, { captions }, ALL));
    const one = await profile(glip.device, () => glip.detect(image, captions[0], ALL));
    const merges = (list: typeof dispatches) => list.filter(({ kernel }) => kernel === 'patch-merge').length;
    expect(merges(dispatches)).toBe(merges(one.dispatches));
  });

  it('have a limit in each pass that may be changed', async () => {
    const grounding = await glip.ground(image, LONG);
    const all = grounding.detections(ALL).length;
    const few = grounding.detections({ ...ALL, limitPerPass: 2 }).length;
    expect(few).toBeGreaterThanOrEqual(2 * grounding.plan.chunks.length);
    expect(few).toBeLessThan(all);
    expect(() => grounding.detections({ limitPerPass: -1 })).toThrow('limitPerPass is -1');
  });
});

describe('names of one label', () => {
  const synonyms = { categories: [{ label: 'toy', names: ['green car', 'duck'] }, 'dog'] };

  it('are found as that label, with the span of the name that fits best', async () => {
    const found = await glip.detect(image, synonyms, ALL);
    const toy = found.filter(({ label }) => label === 'toy');
    expect(new Set(toy.map(({ span }) => found.prompt.slice(...span)))).toEqual(
      new Set(['green car', 'duck']),
    );
    expect(new Set(found.map(({ label }) => label))).toEqual(new Set(['toy', 'dog']));
  });

  it('do not find a thing twice', async () => {
    const unlimited = { ...ALL, limitPerPass: 0 };
    const apart = await glip.detect(image, { categories: ['green car', 'duck', 'dog'] }, unlimited);
    const together = await glip.detect(image, synonyms, unlimited);
    const boxes = ({ label, box }: Detections[number]) => `${label === 'dog'} ${box}`;
    expect(together.length).toBeLessThan(apart.length);
    const known = new Set(apart.map(boxes));
    for (const one of together) expect(known.has(boxes(one))).toBe(true);
  });

  it('are merged where they are read in different passes', async () => {
    const [first, ...others] = LONG.categories;
    const far = others.pop() as string;
    const found = await glip.detect(
      image,
      { categories: [{ label: 'x', names: [first, ...others, far] }] },
      ALL,
    );
    expect(new Set(found.map(({ label }) => label))).toEqual(new Set(['x']));
    for (const [i, one] of found.entries()) {
      for (const other of found.slice(0, i)) expect(overlapOf(one.box, other.box)).toBeLessThan(0.62);
    }
  });
});

it("overlap: 'all' finds a thing once, whatever it is called", async () => {
  const grounding = await glip.ground(image, LONG);
  const each = grounding.detections(ALL);
  const once = grounding.detections({ ...ALL, overlap: 'all' });
  expect(once.length).toBeLessThan(each.length);
  expect(once[0]).toEqual(each[0]);
  for (const [i, one] of once.entries()) {
    for (const other of once.slice(0, i)) expect(overlapOf(one.box, other.box)).toBeLessThan(0.62);
  }
});

it('a limit keeps the best', async () => {
  const grounding = await glip.ground(image, LONG);
  const best = grounding.detections({ ...ALL, limit: 3 });
  expect([...best]).toEqual(grounding.detections(ALL).slice(0, 3));
  expect(() => grounding.detections({ limit: 0 })).toThrow('limit is 0');
});

describe('thresholds', () => {
  const prompt = { categories: [{ label: 'dog', threshold: 0.99 }, 'duck'] };

  it('are those of the prompt, of the list or of the label', async () => {
    const grounding = await glip.ground(image, prompt);
    const labels = (threshold: Parameters<typeof grounding.detections>[0]) =>
      [...new Set(grounding.detections(threshold).map(({ label }) => label))].sort();
    expect(labels({ threshold: 0 })).toEqual(['duck']);
    expect(labels({ threshold: { dog: 0, duck: 0 } })).toEqual(['dog', 'duck']);
    expect(labels({ threshold: new Map([['dog', 0]]) })).toContain('dog');
    expect(labels({ threshold: [0, 0.99] })).toEqual(['dog']);
  });

  it.each([
    ['for a label that is not in the prompt', { cat: 0.5 }, '"cat"'],
    ['outside of 0 to 1', { dog: 2 }, 'the threshold of "dog" is 2'],
    ['that is no number', 'high', 'the threshold is high'],
    ['in a list that is too short', [0.5], '1 thresholds, expected 2'],
  ])('%s are refused', async (_, threshold, message) => {
    const grounding = await glip.ground(image, prompt);
    expect(() => grounding.detections({ threshold: threshold as unknown as number })).toThrow(message);
  });
});

describe('what became of each label', () => {
  it('is told: how often it was found, how good, in which pass, or why not', async () => {
    const prompt = { categories: ['dog', { label: 'fruit', names: ['banana', 'Ⅷ'] }, 'Dog', 'Ⅶ'] };
    const found = await glip.detect(image, prompt, { threshold: { fruit: 1 } });
    const [dog, fruit, seven] = found.labels;
    expect(found.labels.map(({ label }) => label)).toEqual(['dog', 'fruit', 'Ⅶ']);
    expect(dog).toMatchObject({
      threshold: 0.4,
      duplicates: ['Dog'],
      phrases: [{ chunk: 0, pieces: ['dog'] }],
    });
    expect(dog.found).toBe(found.filter(({ label }) => label === 'dog').length);
    expect(fruit).toMatchObject({ found: 0, threshold: 1 });
    expect(fruit.missing).toMatch(/best score 0\.\d{3} does not exceed the threshold 1\.000$/);
    expect(fruit.bestScore).toBe(Math.max(...fruit.phrases.map(({ bestScore }) => bestScore)));
    expect(fruit.phrases.map(({ pieces }) => pieces)).toEqual([[expect.any(String)], ['[UNK]']]);
    expect(seven.phrases[0].pieces).toEqual(['[UNK]']);
  });

  it('agrees with the best detection', async () => {
    const found = await glip.detect(image, { categories: NAMES }, ALL);
    for (const { label, bestScore, found: count } of found.labels) {
      const own = found.filter((one) => one.label === label);
      expect(own).toHaveLength(count);
      if (own.length > 0) expect(own[0].score).toBeCloseTo(bestScore, 6);
    }
  });
});

describe('several images', () => {
  const images = [image, scene(96, 120, 3), scene(150, 90, 7)];
  const prompt = { categories: ['dog', 'duck'] };

  it('are each found as alone, bit for bit', async () => {
    const together = await glip.detect(images, prompt, ALL);
    for (const [i, one] of images.entries()) {
      expect(numbers(together[i])).toEqual(numbers(await glip.detect(one, prompt, ALL)));
    }
  });

  it('may have a prompt each', async () => {
    const prompts = [{ categories: ['dog'] }, { caption: 'a green car' }, { categories: ['dog', 'bus'] }];
    for (const batch of [1, 3]) {
      const found = await glip.detect(images, prompts, { ...ALL, batch });
      expect(found.map((one) => one.prompt)).toEqual(['dog', 'a green car', 'dog. bus']);
      for (const one of found) expect(one.length).toBeGreaterThan(0);
    }
    await expect(glip.detect(images, prompts.slice(1))).rejects.toThrow('a list of 2 for 3 images');
  });

  it('in one pass are padded together: one transfer, and what each finds depends on the padding only', async () => {
    await glip.detect(images, prompt, { batch: 3 });
    let found: Detections[] = [];
    const { readBacks } = await profile(glip.device, async () => {
      found = await glip.detect(images, prompt, { ...ALL, batch: 3 });
    });
    expect(readBacks).toBe(1);
    expect(found.map(({ length }) => length > 0)).toEqual([true, true, true]);
    const same = await glip.detect([image, image], prompt, { ...ALL, batch: 2 });
    const alone = await glip.detect(image, prompt, ALL);
    for (const one of same) expectSame(one, alone);
  });

  it('in one pass may take prompts of different lengths', async () => {
    const prompts = [LONG, prompt];
    const [long, short] = await glip.detect([image, image], prompts, { ...ALL, batch: 2 });
    expectSame(long, await glip.detect(image, LONG, ALL));
    expectSame(short, await glip.detect(image, prompt, ALL));
  });

  it('are none for no images, and a batch of none is refused', async () => {
    expect(await glip.detect([], prompt)).toEqual([]);
    await expect(glip.detect(images, prompt, { batch: 0 })).rejects.toMatchObject({ name: 'DetectionError' });
  });
});

function overlapOf(a: readonly number[], b: readonly number[]): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const area = (box: readonly number[]) => (box[2] - box[0]) * (box[3] - box[1]);
  return (width * height) / (area(a) + area(b) - width * height);
}

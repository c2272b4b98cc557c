import { describe, expect, it } from 'vitest';
import { bitsOf } from '../testing/bits-of.ts';
import { config, datasetOf, decodeRaw, type PictureSpec, tokenizer } from '../testing/raw-pictures.ts';
import type { BatchOptions } from './batch-options.ts';
import { DataError } from './data-error.ts';
import { openBatches } from './open-batches.ts';
import type { BatchSource, TrainingBatch } from './training-batch.ts';

const NAMES = ['dog', 'cat', 'bird', 'apple', 'car'];
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'.split('');

const specs: PictureSpec[] = Array.from({ length: 10 }, (_, i) => ({
  size: i % 3 === 0 ? [32, 64] : [48, 32],
  boxes: [
    { category: NAMES[i % 5], box: [2, 3, 20, 25] },
    { category: NAMES[(i + 1) % 5], box: [10, 8, 30, 32] },
  ],
}));

const options = (changes: Partial<BatchOptions> = {}): BatchOptions => ({
  datasets: [datasetOf(specs, NAMES)],
  config,
  tokenizer,
  decode: decodeRaw,
  seed: 7,
  batch: 4,
  ...changes,
});

async function take(source: BatchSource, first: number, count: number): Promise<TrainingBatch[]> {
  const found: TrainingBatch[] = [];
  for await (const batch of source.batches(first)) {
    found.push(batch);
    if (found.length === count) return found;
  }
  throw new Error('the batches ended');
}

async function open(
  first: number,
  count: number,
  changes: Partial<BatchOptions> = {},
): Promise<TrainingBatch[]> {
  using source = await openBatches(options(changes));
  return await take(source, first, count);
}

describe('batches', () => {
  it('depend on the seed and the step alone: a resumed run has those that it would have had', async () => {
    const all = await open(0, 8);
    expect(bitsOf(await open(0, 8))).toEqual(bitsOf(all));
    expect(bitsOf(await open(5, 3))).toEqual(bitsOf(all.slice(5)));
    expect(bitsOf(await open(5, 3, { prefetch: 0 }))).toEqual(bitsOf(all.slice(5)));
    expect(bitsOf(await open(0, 8, { seed: 8 }))).not.toEqual(bitsOf(all));
  });

  it('decode each picture once where it keeps its size, and for every step where it is zoomed', async () => {
    const counted = async (augment: BatchOptions['augment']): Promise<number> => {
      let count = 0;
      const decode: BatchOptions['decode'] = (bytes) => {
        count += 1;
        return decodeRaw(bytes);
      };
      const batches = await open(0, 10, { decode, augment, prefetch: 0 });
      expect(bitsOf(batches.slice(8))).toEqual(bitsOf(await open(8, 2, { augment })));
      return count;
    };
    expect(await counted({ flip: 0.5, brightness: 0.2 })).toBe(specs.length);
    expect(await counted({ zoom: [0.8, 1.2] })).toBe(40); // ten steps of four
  });

  it('can be taken again from one source', async () => {
    using source = await openBatches(options());
    expect(bitsOf(await take(source, 3, 2))).toEqual(bitsOf((await take(source, 0, 5)).slice(3)));
  });

  it('have boxes, words and tokens that agree, and targets of them', async () => {
    for (const { parts } of await open(0, 20, {
      sizes: [32, 48],
      augment: { zoom: [0.7, 1.4], shift: 0.2 },
    })) {
      for (const { pixels, shape, ids, mask, targets, samples } of parts) {
        const [batch, height, width] = shape;
        const { tokens, lengths, rows, rowOf, boxes } = targets;
        expect(pixels).toHaveLength(batch * height * width * 4);
        expect(samples).toHaveLength(batch);
        expect([height % 32, width % 32]).toEqual([0, 0]);
        let row = 1;
        for (const [b, sample] of samples.entries()) {
          const encoding = tokenizer.encode(sample.prompt, { padTo: tokens });
          expect([...ids.subarray(b * tokens, (b + 1) * tokens)]).toEqual(encoding.ids);
          expect([...mask.subarray(b * tokens, (b + 1) * tokens)]).toEqual(encoding.mask);
          expect(lengths[b]).toBe(encoding.mask.filter((value) => value === 1).length);
          const [rowsHigh, columns] = sample.size;
          expect(rowsHigh <= height && columns <= width).toBe(true);
          for (const [box, spans] of sample.spans.entries()) {
            const named = spans.map((span) => sample.prompt.slice(...span));
            expect(NAMES).toContain(named[0]);
            const own = [...rows.subarray(row * tokens, (row + 1) * tokens).entries()]
              .filter(([, on]) => on === 1)
              .map(([token]) => sample.prompt.slice(...encoding.offsets[token]));
            expect(own.join(' ')).toBe(named[0]);
            const [x1, y1, x2, y2] = sample.boxes.subarray(4 * box);
            expect(x1 >= 0 && y1 >= 0 && x1 < x2 && y1 < y2 && x2 <= columns - 1 && y2 <= rowsHigh - 1).toBe(
              true,
            );
            const count = rowOf.length / batch;
            for (let n = b * count; n < (b + 1) * count; n++) {
              if (rowOf[n] === row)
                expect(boxes.subarray(4 * n, 4 * n + 4)).toEqual(sample.boxes.subarray(4 * box, 4 * box + 4));
            }
            row += 1;
          }
        }
        expect(rows).toHaveLength(row * tokens);
      }
    }
  });

  it('of a step have one shape; shapes are few', async () => {
    const batches = await open(0, 30, { sizes: [32, 64] });
    const shapes = batches.map(({ parts }) => parts[0].shape.join());
    expect(new Set(shapes).size).toBe(4); // upright and wide, two sizes
  });

  it('are the same in one part and in several, and have one normalizer', async () => {
    const whole = await open(0, 6);
    const parts = await open(0, 6, { accumulate: 2 });
    for (const [i, batch] of parts.entries()) {
      expect(batch.parts.map(({ samples }) => samples.length)).toEqual([2, 2]);
      expect(batch.parts.flatMap(({ samples }) => samples)).toEqual(whole[i].parts[0].samples);
      const pixels = Buffer.concat(batch.parts.map((part) => Buffer.from(part.pixels.buffer)));
      expect(pixels.equals(Buffer.from(whole[i].parts[0].pixels.buffer))).toBe(true);
      expect(batch.normalizers.positives).toBe(whole[i].normalizers.positives);
      expect(batch.normalizers.centernessSum).toBeCloseTo(whole[i].normalizers.centernessSum, 4);
    }
  });
});

describe('mirroring', () => {
  const wide = [
    { caption: 'the dog on the left', boxes: [{ category: 'thing', box: [2, 3, 20, 25], spans: [[4, 7]] }] },
  ] as const;
  const grounding = { datasets: [datasetOf(wide, ['thing'])], augment: { flip: 1 } };

  it('happens with boxes: x becomes width - x - 1', async () => {
    const spec = [{ boxes: [{ category: 'dog', box: [2, 3, 20, 25] }] }] as const;
    const [plain] = await open(0, 1, { datasets: [datasetOf(spec, NAMES)], augment: { flip: 0 } });
    const [flipped] = await open(0, 1, { datasets: [datasetOf(spec, NAMES)], augment: { flip: 1 } });
    expect([...plain.parts[0].samples[0].boxes]).toEqual([2, 3, 19, 24]);
    expect([...flipped.parts[0].samples[0].boxes]).toEqual([12, 3, 29, 24]);
  });

  it("is not done where the text says left or right, except with compat: 'glip'", async () => {
    const [own] = await open(0, 1, grounding);
    const [theirs] = await open(0, 1, { ...grounding, compat: 'glip' });
    expect([...own.parts[0].samples[0].boxes]).toEqual([2, 3, 19, 24]);
    expect([...theirs.parts[0].samples[0].boxes]).toEqual([12, 3, 29, 24]);
  });
});

describe('kinds of prompts', () => {
  const caption = { caption: 'the red dog and cat', boxes: [{ category: 'dog', spans: [[4, 11]] }] } as const;

  it('captions are used word for word, and boxes without words are left out of them', async () => {
    const data = datasetOf([{ ...caption, boxes: [...caption.boxes, { category: 'cat' }] }], ['thing']);
    const [{ parts }] = await open(0, 1, { datasets: [data] });
    for (const { prompt, spans } of parts[0].samples) {
      expect(prompt).toBe('the red dog and cat');
      expect(spans).toEqual([[[4, 11]]]);
    }
  });

  it('a dataset with both has its share of captions', async () => {
    const data = datasetOf([caption], NAMES);
    const batches = await open(0, 50, { datasets: [data], prompts: { captions: 0.2 } });
    const prompts = batches.flatMap(({ parts }) => parts[0].samples.map(({ prompt }) => prompt));
    const share = prompts.filter((prompt) => prompt === caption.caption).length / prompts.length;
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.3);
  });

  it('fixed prompts list all names in order, worded as asked', async () => {
    const prompts = { categories: 'fixed', wording: { cat: { prefix: 'a ', suffix: ' of red' } } } as const;
    for (const { parts } of await open(0, 5, { prompts })) {
      for (const { prompt } of parts[0].samples) expect(prompt).toBe('dog. a cat of red. bird. apple. car');
    }
    const long = { prompts, datasets: [datasetOf(specs, [...NAMES, 'abcdefghijklmn'])] };
    await expect(openBatches(options(long))).rejects.toThrow('have 6 categories of 29 tokens, texts have 24');
  });

  it('captions of other images surround a caption', async () => {
    const other = { caption: 'bird is here', boxes: [{ category: 'bird', spans: [[0, 4]] }] } as const;
    const data = datasetOf([caption, other], ['thing']);
    const packed = await open(0, 20, {
      datasets: [data],
      prompts: { otherCaptions: { none: 0, full: 1, max: 4 } },
    });
    const samples = packed.flatMap(({ parts }) => parts[0].samples);
    expect(samples.some(({ prompt }) => prompt.includes('dog') && prompt.includes('bird'))).toBe(true);
    for (const { path, prompt, spans } of samples) {
      expect(prompt.slice(...spans[0][0])).toBe(path === '0.raw' ? 'red dog' : 'bird');
    }
  });
});

it('batches of captions have none, 19 or fewer others, with the probabilities of the paper', async () => {
  const words = LETTERS.slice(0, 8).flatMap((first) => LETTERS.slice(0, 8).map((last) => `${first} ${last}`));
  const data = datasetOf(
    words.map((caption) => ({ caption, boxes: [{ category: 'thing', spans: [[2, 3]] }] })),
    ['thing'],
  );
  const long = { ...config, text: { ...config.text, maxTokens: 128 } };
  const batches = await open(0, 100, {
    ...{ datasets: [data], config: long, batch: 8, prompts: { otherCaptions: {} } },
  });
  const samples = batches.flatMap(({ parts }) => parts[0].samples);
  const counts = samples.map(({ path, prompt, spans }) => {
    const own = words[Number.parseInt(path, 10)];
    expect(prompt.slice(...spans[0][0])).toBe(own[2]);
    expect(prompt.split(own)).toHaveLength(2); // never among the others
    return prompt.split('. ').filter((part) => part !== '').length - 1;
  });
  const share = (of: (count: number) => boolean): number => counts.filter(of).length / counts.length;
  expect(share((count) => count === 0)).toBeCloseTo(0.4, 1);
  expect(share((count) => count === 19)).toBeCloseTo(0.3 + 0.3 / 19, 1);
  expect(share((count) => count > 0 && count < 19)).toBeCloseTo(0.3 - 0.3 / 19, 1);
  expect(Math.max(...counts)).toBe(19);
});

describe('captions without boxes', () => {
  const boxed = {
    caption: 'the red dog and cat',
    boxes: [{ category: 'dog', spans: [[4, 11]] }],
  } satisfies PictureSpec;
  const alone: PictureSpec[] = ['bird is here', 'apple'].map((caption) => ({ caption }));
  const packing = { otherCaptions: { none: 0, full: 1, max: 6 } };

  it('are other captions of images with boxes, and no samples themselves: as in GLIP, spec 4.6', async () => {
    using source = await openBatches(
      options({ datasets: [datasetOf([boxed, ...alone], ['thing'])], prompts: packing }),
    );
    const samples = (await take(source, 0, 10)).flatMap(({ parts }) => parts[0].samples);
    expect(new Set(samples.map(({ path }) => path))).toEqual(new Set(['0.raw']));
    for (const word of ['bird is here. ', 'apple. '])
      expect(samples.some(({ prompt }) => prompt.includes(word))).toBe(true);
    expect(source.leftOut).toEqual(
      [1, 2].map((i) => ({ path: `${i}.raw`, reason: 'it has a caption and no box' })),
    );
  });

  it('may be a dataset of their own beside one with boxes', async () => {
    const datasets = [{ ...datasetOf([boxed], ['thing']), prompts: packing }, datasetOf(alone, [])];
    using source = await openBatches(options({ datasets }));
    const samples = (await take(source, 0, 10)).flatMap(({ parts }) => parts[0].samples);
    expect(samples.every(({ boxes }) => boxes.length === 4)).toBe(true);
    expect(samples.some(({ prompt }) => prompt.includes('bird'))).toBe(true);
    expect(source.stepsPerEpoch).toBe(1);
    expect(source.leftOut).toHaveLength(2);
  });

  it.each([
    [
      'alone',
      { datasets: [datasetOf(alone, [])] },
      'serve only as other captions: give prompts.otherCaptions',
    ],
    [
      'alone, though other captions are asked for',
      { datasets: [datasetOf(alone, [])], prompts: packing },
      'datasets have captions without boxes only',
    ],
    [
      'beside prompts that take no other captions',
      { datasets: [datasetOf([boxed], ['thing']), datasetOf(alone, [])] },
      'datasets[1] have no image to train on, of 2; captions without boxes serve only as other captions',
    ],
  ])('are refused %s', async (_, changes, message) => {
    await expect(open(0, 1, changes)).rejects.toThrow(message);
  });
});

describe('boxes that a detector found', () => {
  const boxes = [0.4, 0.6].map((score, i) => ({
    category: NAMES[i],
    score,
    spans: [[4 * i, 4 * i + 3]] as const,
  }));
  const spec = [{ caption: 'dog cat', boxes }];
  const countOf = async (
    names: readonly string[],
    changes: Partial<BatchOptions['datasets'][0]>,
  ): Promise<number> => {
    const prompts = { captions: 0, absent: { max: 0 } };
    const [{ parts }] = await open(0, 1, { datasets: [{ ...datasetOf(spec, names), ...changes }], prompts });
    return parts[0].samples[0].spans.length;
  };

  it('count above a score of 0.5 in captions, and all where categories are labeled, unless asked otherwise', async () => {
    expect(await countOf(['thing'], {})).toBe(1);
    expect(await countOf(['thing'], { minScore: 0.3 })).toBe(2);
    expect(await countOf(NAMES, {})).toBe(2);
    expect(await countOf(NAMES, { minScore: 0.5 })).toBe(1);
  });

  it.each([
    ['of a caption', ['thing'], {}],
    ['of categories', NAMES, { emptyImages: false }],
  ])('%s are refused with the score that they lack, where none counts', async (_, names, changes) => {
    const datasets = [datasetOf(specs, NAMES), { ...datasetOf(spec, names), minScore: 0.7 }];
    await expect(open(0, 1, { datasets, ...changes })).rejects.toThrow(
      'datasets[1] have no image to train on, of 1; it has no box with a score above 0.7 (minScore)',
    );
  });
});

describe('several datasets', () => {
  it('have the shares of their weights', async () => {
    const a = datasetOf(
      Array.from({ length: 30 }, () => ({ boxes: [{ category: 'dog' }] })),
      ['dog'],
    );
    const b = datasetOf(
      Array.from({ length: 10 }, () => ({ boxes: [{ category: 'car' }] })),
      ['car'],
    );
    const share = async (weights: readonly (number | undefined)[]): Promise<number> => {
      const datasets = [a, b].map((data, i) =>
        weights[i] === undefined ? data : { ...data, weight: weights[i] },
      );
      const batches = await open(0, 10, { datasets });
      const prompts = batches.flatMap(({ parts }) => parts[0].samples.map(({ prompt }) => prompt));
      return prompts.filter((prompt) => prompt === 'car').length / prompts.length;
    };
    expect(await share([undefined, undefined])).toBe(0.25);
    expect(await share([1, 1])).toBe(0.5);
    expect(await share([1, 3])).toBe(0.75);
  });
});

describe('a picture that cannot be read', () => {
  it('is left out, counted, and replaced by the same picture in every run', async () => {
    const broken = (): Partial<BatchOptions> => {
      const data = datasetOf(specs, NAMES);
      const bytes: typeof data.files.bytes = async (path) => {
        if (path === '4.raw') throw new Error('no such file');
        const found = await data.files.bytes(path);
        return path === '7.raw' ? found.subarray(0, 99) : found;
      };
      return { datasets: [{ ...data, files: { ...data.files, bytes } }] };
    };
    using source = await openBatches(options(broken()));
    const batches = await take(source, 0, 9);
    const paths = batches.flatMap(({ parts }) => parts[0].samples.map(({ path }) => path));
    expect(paths).toHaveLength(36);
    expect(paths).not.toContain('4.raw');
    expect(paths).not.toContain('7.raw');
    expect([...source.leftOut].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: '4.raw', reason: 'no such file' },
      { path: '7.raw', reason: 'the picture is cut off' },
    ]);
    using resumed = await openBatches(options(broken()));
    expect(bitsOf(await take(resumed, 6, 3))).toEqual(bitsOf(batches.slice(6)));
  });

  it('of another size than its annotations say is left out', async () => {
    const data = datasetOf(specs, NAMES);
    const images = data.images.map((image, i) => (i === 4 ? { ...image, width: 47 } : image));
    using source = await openBatches(options({ datasets: [{ ...data, images }] }));
    await take(source, 0, 9);
    expect(source.leftOut).toEqual([
      { path: '4.raw', reason: 'the picture is 48 x 32, its annotations are for 47 x 32' },
    ]);
  });

  it('ends the batches with an error when none is left', async () => {
    const data = datasetOf(specs, NAMES);
    const files = { ...data.files, bytes: () => Promise.reject(new Error('the disk is gone')) };
    using source = await openBatches(options({ datasets: [{ ...data, files }] }));
    await expect(take(source, 0, 1)).rejects.toThrow(
      /pictures cannot be read any more, for example .* the disk is gone/,
    );
  });
});

describe('images without boxes', () => {
  const half = Array.from(
    { length: 20 },
    (_, i): PictureSpec => (i % 2 ? {} : { boxes: [{ category: 'dog' }] }),
  );
  const emptyOf = (batches: readonly TrainingBatch[]): number[] =>
    batches.map(({ parts }) => parts[0].samples.filter(({ boxes }) => boxes.length === 0).length);

  it('are examples of absent categories', async () => {
    const batches = await open(0, 5, { datasets: [datasetOf(half, NAMES)] });
    expect(emptyOf(batches).reduce((a, b) => a + b)).toBe(10);
  });

  it('are left out on request', async () => {
    using source = await openBatches(options({ datasets: [datasetOf(half, NAMES)], emptyImages: false }));
    expect(emptyOf(await take(source, 0, 5))).toEqual([0, 0, 0, 0, 0]);
    expect(source.leftOut).toHaveLength(10);
    expect(source.leftOut[0].reason).toBe('it has no box to train on');
  });

  it("are at most a tenth of a batch with compat: 'glip'", async () => {
    const few = [
      ...half,
      ...Array.from({ length: 40 }, (): PictureSpec => ({ boxes: [{ category: 'cat' }] })),
    ];
    const changes = { datasets: [datasetOf(few, NAMES)], compat: 'glip', emptyImages: true } as const;
    expect(emptyOf(await open(0, 15, changes)).every((empty) => empty === 0)).toBe(true);
    await expect(
      open(0, 1, {
        ...changes,
        datasets: [
          datasetOf(
            half.map(() => ({})),
            NAMES,
          ),
        ],
      }),
    ).rejects.toThrow('have too few boxes');
  });
});

describe('options that cannot be used', () => {
  it.each([
    ['no dataset', { datasets: [] }, 'datasets are none'],
    ['no category', { datasets: [datasetOf([{}], [])] }, 'datasets[0] have no categories to name in prompts'],
    ['no image', { datasets: [datasetOf([], NAMES)] }, 'datasets[0] have no image to train on, of 0'],
    [
      'no image beside a dataset of which some are left out',
      { datasets: [datasetOf([...specs, {}], NAMES), datasetOf([], NAMES)], emptyImages: false },
      /datasets\[1\] have no image to train on, of 0$/,
    ],
    [
      'a batch that its parts do not divide',
      { accumulate: 3 },
      'accumulate is 3, which does not divide the batch of 4',
    ],
    ['half an image', { batch: 2.5 }, 'batch is 2.5, expected a whole number from 1 on'],
    ['no size', { sizes: [] }, 'sizes are none'],
    ['texts longer than the model reads', { tokens: 25 }, 'tokens is 25, the model reads at most 24'],
    [
      'an unknown kind of prompt',
      { prompts: { categories: 'all' } },
      'prompts.categories is "all", expected \'sampled\'',
    ],
    ['a share above one', { prompts: { captions: 2 } }, 'prompts.captions is 2, expected 0 to 1'],
    ['a range the other way round', { prompts: { names: [3, 2] } }, 'prompts.names is [3,2]'],
    ['a zoom of nothing', { augment: { zoom: [0, 1] } }, 'augment.zoom is [0,1]'],
    [
      'a weight of nothing',
      { datasets: [{ ...datasetOf(specs, NAMES), weight: 0 }] },
      'datasets[0].weight is 0',
    ],
    [
      'a misspelled option',
      { prompts: { caption: 1 } },
      'prompts.caption is not an option; there are categories, absent',
    ],
    ['a misspelled option of images', { augment: { hflip: 1 } }, 'augment.hflip is not an option'],
    ['a range that is a number', { prompts: { names: 4 } }, 'prompts.names is 4, expected whole numbers'],
    [
      'a wording of something else',
      { prompts: { categories: 'fixed', wording: { whale: {} } } },
      'wording of "whale" is for no category of datasets[0]',
    ],
    ['a seed that is no number', { seed: Number.NaN }, 'seed is NaN'],
  ])('%s', async (_, changes, message) => {
    const opening = openBatches(options(changes as Partial<BatchOptions>));
    await expect(opening).rejects.toThrow(DataError);
    await expect(openBatches(options(changes as Partial<BatchOptions>))).rejects.toThrow(message);
  });
});

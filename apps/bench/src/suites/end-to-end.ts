import { glipT, type RawImage } from '@glip-wgpu/glip-core';
import { network, phraseScores, phraseWeights } from '@glip-wgpu/glip-core/network';
import { type Capabilities, capture, estimate, scope, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { randomArray, randomIntegers } from '@glip-wgpu/tensor-wgpu/testing';
import { type BenchCase, type Context, type Cost, idOf, type WallWork } from './bench-case.ts';
import { checkRecorded } from './recorded.ts';

// [height, width] of 4:3 and 5:3 pictures with shorter sides of 480, 640 and 800, padded to 32.
const IMAGE_SIZES = [
  [480, 800],
  [640, 1088],
  [800, 1344],
] as const;
const TOKENS = [8, 30, 128];
const BATCHES = [1, 2];
const TWIN = [96, 128] as const; // for comparing results: the same network at a small size
const TOKENS_PER_PHRASE = 2;

interface Sizes {
  readonly imageSize: readonly [height: number, width: number];
  readonly tokens: number;
  readonly batch: number;
}

/** Text features, which are computed once per prompt. */
interface Text {
  readonly hidden: Tensor;
  readonly weights: Tensor;
}

/** Whole models, from pixels on the CPU to scores and boxes on the CPU. */
export function endToEndSuite(): BenchCase[] {
  const glip = IMAGE_SIZES.flatMap((imageSize) =>
    TOKENS.flatMap((tokens) => BATCHES.map((batch) => glipCase({ imageSize, tokens, batch }))),
  );
  return [detectCase(3), detectCase(20), ...glip];
}

function glipCase(sizes: Sizes): BenchCase {
  const { imageSize, tokens, batch } = sizes;
  return {
    suite: 'e2e',
    subject: 'glip-t',
    name: `${imageSize.join(' x ')}, ${tokens} tokens, batch ${batch}`,
    quick: false,
    estimate: (like) => estimateGlip(like, sizes),
    prepare: (context) => prepareGlip(context, sizes),
  };
}

async function prepareGlip({ device, models }: Context, sizes: Sizes): Promise<WallWork> {
  const { imageSize, tokens, batch } = sizes;
  const model = models.glipT;
  const forward = capture(device, (image: Tensor, { hidden, weights }: Text) => {
    const { tokenLogits, deltas, centerness } = model.ground(model.encodeImage(image), { hidden });
    return { ...phraseScores(tokenLogits, weights), deltas, centerness };
  });
  const ids = Uint32Array.from(randomIntegers([batch, tokens], glipT.bert.vocabSize, 'ids').data);
  const text: Text = {
    hidden: scope(() => model.encodeText(device.tensor(ids, [batch, tokens]))),
    weights: device.tensor(weightsFor(tokens), [tokens, phrasesOf(tokens)]),
  };
  const run = (pixels: Float32Array, [height, width]: readonly [number, number]): Tensor[] =>
    scope(() => Object.values(forward(device.tensor(pixels, [batch, height, width, 4]), text)));
  const pixels = pixelsOf(batch, imageSize);
  return {
    kind: 'wall',
    images: batch,
    profiled: true,
    async once() {
      const outputs = run(pixels, imageSize);
      await device.read(outputs);
      for (const tensor of outputs) tensor.dispose();
    },
    async check() {
      const outputs = run(pixelsOf(batch, TWIN), TWIN);
      const name = `${TWIN.join(' x ')}, ${tokens} tokens, batch ${batch}`;
      const check = await checkRecorded(device, idOf({ suite: 'e2e', subject: 'glip-t', name }), outputs);
      for (const tensor of outputs) tensor.dispose();
      return check;
    },
    [Symbol.dispose]() {
      forward.dispose();
      text.hidden.dispose();
      text.weights.dispose();
      device.trim();
    },
  };
}

function estimateGlip(like: Capabilities, { imageSize: [height, width], tokens, batch }: Sizes): Cost {
  return estimate(like, (device) => {
    const model = network(ParameterTree.dry(device), glipT);
    return scope(() => {
      const levels = model.encodeImage(device.empty([batch, height, width, 4]));
      return { ...model.ground(levels, { hidden: device.empty([batch, tokens, glipT.bert.dim]) }) };
    });
  });
}

const phrasesOf = (tokens: number): number => Math.max(1, Math.floor((tokens - 2) / TOKENS_PER_PHRASE));

function weightsFor(tokens: number): Float32Array {
  const members = Array.from({ length: phrasesOf(tokens) }, (_, i) =>
    Array.from({ length: TOKENS_PER_PHRASE }, (_, t) => 1 + TOKENS_PER_PHRASE * i + t),
  );
  return phraseWeights(members, tokens);
}

function pixelsOf(batch: number, [height, width]: readonly [number, number]): Float32Array {
  return Float32Array.from(randomArray([batch, height, width, 4], 'pixels').data, (value, i) =>
    i % 4 === 3 ? 0 : 2 * value,
  );
}

const NAMES = [
  'dog',
  'red apple',
  'traffic light',
  'blue car',
  'tree',
  'house',
  'yellow duck',
  'cat',
  'bus',
  'cup',
];

/** The embedded model as its users call it: picture in, detections out. */
function detectCase(count: number): BenchCase {
  const name = `320 x 240 picture, ${count} categories`;
  const categories = Array.from({ length: count }, (_, i) => NAMES[i] ?? `${NAMES[i % 10]} ${i}`);
  return {
    suite: 'e2e',
    subject: 'emoji-tiny',
    name,
    quick: true,
    async prepare({ device, models }) {
      const glip = await models.emojiTiny();
      return {
        kind: 'wall',
        images: 1,
        profiled: true,
        async once() {
          await glip.detect(picture(), { categories });
        },
        async check() {
          const found = await glip.detect(picture(), { categories }, { threshold: 0 });
          const numbers = found.slice(0, 8).flatMap(({ score, box }) => [100 * score, ...box]);
          using tensor = device.tensor(numbers, [numbers.length], 'f32');
          return await checkRecorded(device, idOf({ suite: 'e2e', subject: 'emoji-tiny', name }), [tensor]);
        },
        [Symbol.dispose]() {},
      };
    },
  };
}

/** Colored discs on a gradient. */
function picture(): RawImage {
  const [width, height] = [320, 240];
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const disc = [80, 160, 240].findIndex((cx, i) => (x - cx) ** 2 + (y - 80 - 30 * i) ** 2 < 1100);
      const color =
        disc < 0 ? [200, 220 - y / 4, 140 + x / 4] : [0, 1, 2].map((c) => (c === disc ? 210 : 40));
      data.set(color, 3 * (y * width + x));
    }
  }
  return { data, width, height, channels: 3 };
}

import type { Encoding, Span, Tokenizer } from '@glip-wgpu/bert';
import { type RgbImage, readImage, targetSize, tokensOfSpans } from '@glip-wgpu/glip-core';
import { anchorGrid } from '../anchor-grid.ts';
import type { AnchorGrid } from '../losses/assign-anchors.ts';
import { type ImageTargets, targetArrays } from '../losses/loss-targets.ts';
import { drawPlacement, keepsSize } from './augmentation.ts';
import { packedCaptions } from './caption-prompt.ts';
import { CategoryNames } from './category-names.ts';
import { jitterColors } from './color-jitter.ts';
import { type FixedPrompt, fixedPrompt, withBoxes } from './fixed-prompt.ts';
import { type Normalizer, normalizer } from './normalize.ts';
import type { Decode, PartRequest, PartResult, PartSettings, Slot, SlotFailure } from './part-request.ts';
import { placeImage } from './place-image.ts';
import { type Purpose, Random } from './random.ts';
import { type ResizableImage, ResizedImages, resizable } from './resized-images.ts';
import { type NamedBox, type SamplePrompt, sampledPrompt } from './sampled-prompt.ts';
import type { MicroBatch, TrainingSample } from './training-batch.ts';
import { type Box, trainingBox } from './training-boxes.ts';

interface DatasetNames {
  readonly names: CategoryNames;
  readonly fixed: FixedPrompt | undefined;
}

interface Sample {
  readonly image: RgbImage;
  readonly encoding: Encoding;
  readonly targets: ImageTargets;
  readonly sample: TrainingSample;
}

const MAX_GRIDS = 16;

/** Makes parts of batches from encoded pictures: decodes, resizes, words the prompt, assigns anchors. Uses no GPU. */
export class PartMaker {
  readonly #settings: PartSettings;
  readonly #tokenizer: Tokenizer;
  readonly #decode: Decode;
  readonly #datasets: readonly DatasetNames[];
  readonly #normalize: Normalizer;
  readonly #resized = new ResizedImages();
  readonly #grids = new Map<string, AnchorGrid>();

  constructor(settings: PartSettings, tokenizer: Tokenizer, decode: Decode) {
    this.#settings = settings;
    this.#tokenizer = tokenizer;
    this.#decode = decode;
    this.#normalize = normalizer(settings.config.image);
    this.#datasets = settings.datasets.map(({ vocabulary, rules }) => {
      const names = new CategoryNames(vocabulary, tokenizer, settings.compat !== undefined);
      return { names, fixed: rules.categories === 'fixed' ? fixedPrompt(names, rules.wording) : undefined };
    });
  }

  /** The part: a pure function of the request and the settings. */
  async make(request: PartRequest): Promise<PartResult> {
    const images = await Promise.all(request.slots.map((slot) => this.#image(slot, request)));
    const failures = images.flatMap((image, i): SlotFailure[] =>
      typeof image === 'string' ? [{ index: request.slots[i].index, reason: image }] : [],
    );
    if (failures.length > 0) return { failures };
    const samples = request.slots.map((slot, i) => this.#sample(slot, images[i] as ResizableImage, request));
    return { part: this.#part(samples, request) };
  }

  /** The picture, which is kept where every step shows it at the same size; or the reason why it cannot be used. */
  async #image(slot: Slot, { size }: PartRequest): Promise<ResizableImage | string> {
    const { augment, maxSize } = this.#settings;
    if (!keepsSize(augment)) {
      const decoded = await this.#decoded(slot);
      return typeof decoded === 'string' ? decoded : resizable(decoded);
    }
    const { path, width, height } = slot.image;
    const canvas = targetSize([height, width], size, maxSize);
    return this.#resized.at(`${slot.dataset} ${canvas} ${path}`, canvas, () => this.#decoded(slot));
  }

  /** The picture, or the reason why it cannot be used. */
  async #decoded({ bytes, image: { width, height } }: Slot): Promise<RgbImage | string> {
    let image: RgbImage;
    try {
      image = readImage({ channels: 3, ...(await this.#decode(bytes)) });
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    }
    if (image.width === width && image.height === height) return image;
    return `the picture is ${image.width} x ${image.height}, its annotations are for ${width} x ${height}`;
  }

  #sample(slot: Slot, original: ResizableImage, { step, size }: PartRequest): Sample {
    const { seed, compat, augment, maxSize, tokens, config } = this.#settings;
    const { path, width, height } = slot.image;
    const random = (purpose: Purpose): Random => new Random(purpose, seed, step, slot.index);
    const boxes = slot.annotations.map(({ box }) => trainingBox(box, width, height));
    const prompt = this.#prompt(slot, boxes, random('prompt'));
    const encoding = this.#tokenizer.encode(prompt.text, {
      maxTokens: tokens,
      truncate: true,
      padTo: tokens,
    });

    const draws = { flips: random('flip'), places: random('placement') };
    const placement = drawPlacement(augment, prompt.text, draws, compat !== undefined);
    const canvas = targetSize([height, width], size, maxSize);
    const [blue, green, red] = config.image.mean.map(Math.round);
    const { minVisible } = augment;
    const placed = placeImage(original, canvas, placement, { fill: [red, green, blue], minVisible });

    const kept: { box: Box; spans: readonly Span[]; tokens: number[] }[] = [];
    for (const [i, box] of boxes.entries()) {
      const moved = box && placed.move(box);
      const named = tokensOfSpans(encoding, prompt.spans[i]);
      if (moved && named.length > 0) kept.push({ box: moved, spans: prompt.spans[i], tokens: named });
    }
    const corners = Float32Array.from(kept.flatMap(({ box }) => box));
    const length = encoding.mask.reduce((sum, value) => sum + value, 0);
    return {
      image: jitterColors(placed.image, augment, random('color')),
      encoding,
      targets: { boxes: corners, tokens: kept.map((one) => one.tokens), length },
      sample: {
        path,
        prompt: prompt.text,
        boxes: corners,
        spans: kept.map(({ spans }) => spans),
        size: canvas,
      },
    };
  }

  #prompt(slot: Slot, boxes: readonly (Box | undefined)[], random: Random): SamplePrompt {
    const { annotations, dataset, kind } = slot;
    const { caption = '' } = slot.image;
    const { tokens, compat } = this.#settings;
    if (kind === 'caption') {
      const lengthOf = (text: string): number => this.#tokenizer.encode(text).ids.length;
      const spans = annotations.map((annotation) => annotation.spans);
      return packedCaptions(caption, spans, slot.otherCaptions, { lengthOf, limit: tokens }, random);
    }
    const { names, fixed } = this.#datasets[dataset];
    const { rules } = this.#settings.datasets[dataset];
    const field = rules.attribute?.field;
    const named = annotations.map(({ category, attributes }): NamedBox => {
      const value = field === undefined ? undefined : attributes?.[field];
      return { category, value };
    });
    if (fixed) return withBoxes(fixed, names, named);
    const seen = named.filter((_, i) => boxes[i]);
    const prompt = sampledPrompt(seen, { names, rules, budget: tokens - 2, compat }, random);
    let at = 0;
    return { text: prompt.text, spans: boxes.map((box) => (box ? prompt.spans[at++] : [])) };
  }

  #part(samples: readonly Sample[], { shape: [height, width] }: PartRequest): MicroBatch {
    const { tokens, compat } = this.#settings;
    const batch = samples.length;
    const pixels = new Float32Array(batch * height * width * 4);
    for (const [i, { image }] of samples.entries()) this.#normalize(image, pixels, i * height * width, width);
    const ids = new Uint32Array(batch * tokens);
    const mask = new Float32Array(batch * tokens);
    for (const [i, { encoding }] of samples.entries()) {
      ids.set(encoding.ids, i * tokens);
      mask.set(encoding.mask, i * tokens);
    }
    const targets = targetArrays(
      this.#grid(height, width),
      samples.map((one) => one.targets),
      { tokens, ...(compat && { noObject: tokens - 1 }) },
    );
    const shape = [batch, height, width, 4] as const;
    return { pixels, shape, ids, mask, targets, samples: samples.map(({ sample }) => sample) };
  }

  #grid(height: number, width: number): AnchorGrid {
    const key = `${height}x${width}`;
    const grid = this.#grids.get(key) ?? anchorGrid(this.#settings.config, height, width);
    if (!this.#grids.has(key) && this.#grids.size >= MAX_GRIDS) this.#grids.clear();
    this.#grids.set(key, grid);
    return grid;
  }
}

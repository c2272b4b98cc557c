import {
  type Captured,
  capture,
  concat,
  type Device,
  DeviceError,
  keep,
  scope,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';
import type { Predictions } from '../network/head.ts';
import { type Network, network } from '../network/network.ts';
import { phraseScores, phraseWeights } from '../network/phrase-scores.ts';
import type { PromptChunk } from '../prompt/plan-prompt.ts';

const MAX_TEXT_BYTES = 2 ** 26; // 64 MiB: 70 full chunks of GLIP-T, more than LVIS's 1203 names take

/** Shape of the text side of a pass: chunks are padded to it, so that all chunks of a prompt share one capture. */
export interface TextSize {
  /** T, length of the longest chunk. */
  readonly tokens: number;
  /** C, maximum number of phrases in a chunk. */
  readonly phrases: number;
  /** True if some chunk is shorter than `tokens`, so that padding must be masked. */
  readonly padded: boolean;
}

/** Smallest size that fits all given chunks. */
export function textSize(chunks: readonly PromptChunk[]): TextSize {
  const lengths = chunks.map(({ encoding }) => encoding.ids.length);
  const tokens = lengths.reduce((most, length) => Math.max(most, length), 0);
  const phrases = chunks.reduce((most, chunk) => Math.max(most, chunk.phrases.length), 0);
  return { tokens, phrases, padded: lengths.some((length) => length < tokens) };
}

/** Text features and phrase weights, kept on the GPU. */
interface Text {
  /** [B, T, dim] */
  readonly hidden: Tensor;
  /** [B, T, C] */
  readonly weights: Tensor;
  /** [B, T]: 1, or 0 at a padding token. */
  readonly mask?: Tensor;
}

/** Raw outputs for detections, still on the GPU; N locations over all levels. */
export interface RawOutputs {
  /** [B, N, C] */
  readonly phrases: Tensor;
  /** [B, N, T] */
  readonly tokens: Tensor;
  /** [B, N, 4] */
  readonly deltas: Tensor;
  /** [B, N, 1] */
  readonly centerness: Tensor;
}

/** Image features, kept on the GPU; the same for all prompts. */
export type ImageFeatures = readonly Tensor[];

/**
 * The network on one device: text features are computed once per prompt and reused over images; the rest is one
 * captured pass per image size and prompt length. Prompts of several chunks encode the image once.
 */
export class Runtime {
  readonly device: Device;
  readonly network: Network;
  readonly #texts = new Map<string, Text>();
  #textBytes = 0;
  #disposed = false;
  readonly #whole: Captured<[image: Tensor, text: Text], RawOutputs>;
  readonly #encode: Captured<[image: Tensor], ImageFeatures>;
  readonly #ground: Captured<[levels: ImageFeatures, text: Text], RawOutputs>;

  constructor(p: ParameterTree, config: GlipConfig) {
    this.device = p.device;
    this.network = network(p, config);
    const ground = (levels: ImageFeatures, { hidden, weights, mask }: Text): RawOutputs => {
      return this.outputsOf(this.network.ground(levels, { hidden, mask }), weights);
    };
    this.#whole = capture(this.device, (image, text) => ground(this.network.encodeImage(image), text));
    this.#encode = capture(this.device, (image) => this.network.encodeImage(image));
    this.#ground = capture(this.device, ground);
  }

  /**
   * One pass over images and text.
   *
   * @param pixels  [B, H, W, 4], normalized and padded
   * @param chunks  one for each image, of at most the given size
   * @returns       tensors that the caller disposes
   */
  run(
    pixels: Float32Array,
    shape: readonly number[],
    chunks: readonly PromptChunk[],
    size: TextSize = textSize(chunks),
  ): RawOutputs {
    this.check();
    return scope(() => this.#whole(this.device.tensor(pixels, shape), this.#textOf(chunks, size)));
  }

  /** The image side of a pass, for `ground`. @returns tensors that the caller disposes */
  encodeImages(pixels: Float32Array, shape: readonly number[]): ImageFeatures {
    this.check();
    return scope(() => this.#encode(this.device.tensor(pixels, shape)));
  }

  /** As `run`, with images that are already encoded. */
  ground(features: ImageFeatures, chunks: readonly PromptChunk[], size: TextSize): RawOutputs {
    this.check();
    return scope(() => this.#ground(features, this.#textOf(chunks, size)));
  }

  /** Inputs of the text encoder for a chunk, and its phrase weights. @returns tensors that the caller disposes */
  textInputs(
    { encoding, phrases }: PromptChunk,
    { tokens, phrases: columns, padded }: TextSize,
  ): { readonly ids: Tensor; readonly mask?: Tensor; readonly weights: Tensor } {
    const ids = new Uint32Array(tokens);
    ids.set(encoding.ids);
    const kept = Float32Array.from({ length: tokens }, (_, token) => encoding.mask[token] ?? 0);
    const members = Array.from({ length: columns }, (_, phrase) => phrases[phrase]?.tokens ?? []);
    return {
      ids: this.device.tensor(ids, [1, tokens]),
      ...(padded && { mask: this.device.tensor(kept, [1, tokens]) }),
      weights: this.device.tensor(phraseWeights(members, tokens), [1, tokens, columns]),
    };
  }

  /** Raw outputs of predictions. @param weights  of phrases, [B, T, C] */
  outputsOf({ tokenLogits, deltas, centerness }: Predictions, weights: Tensor): RawOutputs {
    return { ...phraseScores(tokenLogits, weights), deltas, centerness };
  }

  /** @throws DeviceError 'disposed' if the model was disposed, or replaced by `reload` */
  check(): void {
    if (this.#disposed)
      throw new DeviceError('disposed', 'the model was disposed, or reloaded in the meantime');
  }

  /** Frees captured passes and text features; parameters belong to the tree. */
  dispose(): void {
    this.#disposed = true;
    for (const captured of [this.#whole, this.#encode, this.#ground]) captured.dispose();
    for (const text of this.#texts.values()) {
      for (const tensor of Object.values(text)) tensor.dispose();
    }
    this.#texts.clear();
    this.#textBytes = 0;
  }

  #textOf(chunks: readonly PromptChunk[], size: TextSize): Text {
    this.#forgetOldTexts();
    const texts = chunks.map((chunk) => this.#text(chunk, size));
    if (texts.length === 1) return texts[0];
    const masks = texts.flatMap(({ mask }) => mask ?? []);
    return {
      hidden: concat(
        texts.map(({ hidden }) => hidden),
        0,
      ),
      weights: concat(
        texts.map(({ weights }) => weights),
        0,
      ),
      ...(masks.length > 0 && { mask: concat(masks, 0) }),
    };
  }

  #text(chunk: PromptChunk, size: TextSize): Text {
    const { text, phrases } = chunk;
    const key = JSON.stringify([text, phrases.map(({ tokens }) => tokens), size]);
    const known = this.#texts.get(key);
    this.#texts.delete(key);
    const entry = known ?? this.#encodeText(chunk, size);
    this.#texts.set(key, entry);
    if (!known) this.#textBytes += bytesOf(entry);
    return entry;
  }

  /** Called before a pass, so that a pass never evicts its own texts. */
  #forgetOldTexts(): void {
    for (const [oldest, text] of this.#texts) {
      if (this.#textBytes <= MAX_TEXT_BYTES) return;
      this.#texts.delete(oldest);
      this.#textBytes -= bytesOf(text);
      for (const tensor of Object.values(text)) tensor.dispose();
    }
  }

  #encodeText(chunk: PromptChunk, size: TextSize): Text {
    return scope(() => {
      const { ids, mask, weights } = this.textInputs(chunk, size);
      const hidden = this.network.encodeText(ids, mask);
      return { hidden: keep(hidden), weights: keep(weights), ...(mask && { mask: keep(mask) }) };
    });
  }
}

function bytesOf(text: Text): number {
  return Object.values(text).reduce((sum, tensor: Tensor) => sum + tensor.bytes, 0);
}

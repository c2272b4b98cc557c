import { type Captured, capture, type Device, keep, scope, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from './config.ts';
import { type Network, network } from './network/network.ts';
import { phraseScores, phraseWeights } from './network/phrase-scores.ts';
import type { PromptChunk } from './prompt/plan-prompt.ts';

const MOST_TEXTS = 32;

/** Text features and phrase weights of a chunk, kept on the GPU. */
interface Text {
  readonly hidden: Tensor;
  readonly weights: Tensor;
}

/** Everything that detections are made of, still on the GPU. */
export interface RawOutputs {
  readonly phrases: Tensor;
  readonly tokens: Tensor;
  readonly deltas: Tensor;
  readonly centerness: Tensor;
}

/**
 * The network on one device: text features are computed once per prompt and reused over images; the rest is one
 * captured pass per image size and prompt length.
 */
export class Runtime {
  readonly device: Device;
  readonly #network: Network;
  readonly #texts = new Map<string, Text>();
  readonly #forward: Captured<[image: Tensor, text: Text], RawOutputs>;

  constructor(p: ParameterTree, config: GlipConfig) {
    this.device = p.device;
    this.#network = network(p, config);
    this.#forward = capture(this.device, (image, { hidden, weights }) => {
      const levels = this.#network.encodeImage(image);
      const { tokenLogits, deltas, centerness } = this.#network.ground(levels, { hidden });
      return { ...phraseScores(tokenLogits, weights), deltas, centerness };
    });
  }

  /**
   * @param pixels  [1, H, W, 4], normalised and padded
   * @returns       tensors that the caller disposes
   */
  run(pixels: Float32Array, shape: readonly number[], chunk: PromptChunk): RawOutputs {
    return scope(() => this.#forward(this.device.tensor(pixels, shape), this.#text(chunk)));
  }

  /** Side lengths of the pyramid's levels for a padded image. Spec 2.2. */
  static levelSizes(height: number, width: number, levels: number): [height: number, width: number][] {
    const half = (length: number): number => Math.ceil(length / 2);
    const sizes: [number, number][] = [[Math.ceil(height / 4), Math.ceil(width / 4)]];
    for (let level = 0; level < levels; level++) sizes.push([half(sizes[level][0]), half(sizes[level][1])]);
    return sizes.slice(1);
  }

  #text({ text, encoding, phrases }: PromptChunk): Text {
    const key = JSON.stringify([text, phrases.map(({ tokens }) => tokens)]);
    const known = this.#texts.get(key);
    this.#texts.delete(key);
    const entry = known ?? this.#encode(encoding.ids, phrases);
    this.#texts.set(key, entry);
    if (this.#texts.size > MOST_TEXTS) {
      const [[oldest, { hidden, weights }]] = this.#texts;
      this.#texts.delete(oldest);
      hidden.dispose();
      weights.dispose();
    }
    return entry;
  }

  #encode(ids: readonly number[], phrases: PromptChunk['phrases']): Text {
    return scope(() => {
      const tokens = ids.length;
      const hidden = this.#network.encodeText(this.device.tensor(Uint32Array.from(ids), [1, tokens]));
      const members = phrases.map((phrase) => phrase.tokens);
      const weights = this.device.tensor(phraseWeights(members, tokens), [tokens, phrases.length]);
      return { hidden: keep(hidden), weights: keep(weights) };
    });
  }
}

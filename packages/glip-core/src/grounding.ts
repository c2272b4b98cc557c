import type { Span } from '@glip-wgpu/bert';
import type { GlipConfig } from './config.ts';
import type { ImageSize } from './image/preprocess.ts';
import { aggregateScores } from './postprocess/aggregate.ts';
import { postprocess, rescaleBoxes } from './postprocess/postprocess.ts';
import type { LevelOutput } from './postprocess/select.ts';
import type { Phrase, PromptPlan } from './prompt/plan-prompt.ts';

/** Something found in an image. */
export interface Detection {
  /** What the user asked for. */
  readonly label: string;
  /** `[x1, y1, x2, y2]`, pixels of the given image. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** 0 to 1. */
  readonly score: number;
  /** UTF-16 `[start, end)` of the phrase in the prompt. */
  readonly span: Span;
  /** Indices of the phrase's word pieces in its pass of the prompt. */
  readonly tokens: readonly number[];
  /** Probability of each of these tokens at this place. */
  readonly tokenScores: readonly number[];
}

/** Detections, best first. */
export interface Detections extends ReadonlyArray<Detection> {
  /** The prompt as the model read it; `span`s point into it. */
  readonly prompt: string;
  /** What may surprise about the prompt, such as words that the model never saw. */
  readonly warnings: PromptPlan['warnings'];
}

export interface DetectionOptions {
  /** Smallest score, exclusive: one number, or one for each phrase of the prompt, in order. 0.4 unless given. */
  readonly threshold?: number | readonly number[];
}

/** What the model says about one chunk of a prompt; N locations of all levels, C phrases, T tokens. */
export interface ChunkOutput {
  /** [N, C] */
  readonly phraseScores: Float32Array;
  /** [N, T] */
  readonly tokenScores: Float32Array;
  /** [N, 4] */
  readonly deltas: Float32Array;
  /** [N], logits. */
  readonly centerness: Float32Array;
}

const THRESHOLD = 0.4;

/** An image grounded in a prompt: the model has run, thresholds can be applied again and again without it. */
export class Grounding {
  readonly plan: PromptPlan;
  readonly #config: GlipConfig;
  readonly #imageSize: ImageSize;
  readonly #originalSize: ImageSize;
  readonly #anchors: readonly Float32Array[];
  readonly #outputs: readonly ChunkOutput[];

  constructor(
    plan: PromptPlan,
    config: GlipConfig,
    sizes: { readonly image: ImageSize; readonly original: ImageSize },
    anchors: readonly Float32Array[],
    outputs: readonly ChunkOutput[],
  ) {
    this.plan = plan;
    this.#config = config;
    this.#imageSize = sizes.image;
    this.#originalSize = sizes.original;
    this.#anchors = anchors;
    this.#outputs = outputs;
  }

  /** @throws DetectionError for thresholds that do not fit, or outputs that are not finite */
  detections({ threshold = THRESHOLD }: DetectionOptions = {}): Detections {
    let first = 0;
    const found = this.plan.chunks.flatMap(({ phrases }, chunk) => {
      const own = typeof threshold === 'number' ? threshold : threshold.slice(first, first + phrases.length);
      first += phrases.length;
      return this.#fromChunk(phrases, this.#outputs[chunk], own);
    });
    found.sort((a, b) => b.score - a.score);
    return Object.assign(found, { prompt: this.plan.text, warnings: this.plan.warnings });
  }

  #fromChunk(
    phrases: readonly Phrase[],
    output: ChunkOutput,
    threshold: number | readonly number[],
  ): Detection[] {
    const { detection } = this.#config;
    const tokenCount = output.tokenScores.length / output.centerness.length;
    const phraseScores =
      detection.scoreAggregation === 'MEAN'
        ? output.phraseScores
        : aggregateScores(
            output.tokenScores,
            tokenCount,
            phrases.map(({ tokens }) => tokens),
            detection.scoreAggregation,
          );
    let start = 0;
    const levels = this.#anchors.map((anchors): LevelOutput => {
      const end = start + anchors.length / 4;
      const rows = (values: Float32Array, columns: number): Float32Array =>
        values.subarray(start * columns, end * columns);
      const level = {
        anchors,
        scores: rows(phraseScores, phrases.length),
        deltas: rows(output.deltas, 4),
        centerness: rows(output.centerness, 1),
      };
      start = end;
      return level;
    });
    const options = { ...detection, imageSize: this.#imageSize, threshold };
    const { boxes, scores, labels, locations } = postprocess(levels, phrases.length, options);
    const rescaled = rescaleBoxes(boxes, this.#imageSize, this.#originalSize);
    return Array.from(scores, (score, i): Detection => {
      const { label, span, tokens } = phrases[labels[i]];
      const [x1, y1, x2, y2] = rescaled.subarray(4 * i, 4 * i + 4);
      const tokenScores = tokens.map((t) => output.tokenScores[locations[i] * tokenCount + t]);
      return { label, box: [x1, y1, x2, y2], score, span, tokens, tokenScores };
    });
  }
}

import type { Span } from '@glip-wgpu/bert';
import type { GlipConfig } from '../config/config.ts';
import { DetectionError } from '../errors.ts';
import type { ImageSize } from '../image/preprocess.ts';
import { nonMaximumSuppression } from '../postprocess/nms.ts';
import { type PostprocessOptions, postprocess, rescaleBoxes } from '../postprocess/postprocess.ts';
import type { Phrase, PromptPlan } from '../prompt/plan-prompt.ts';
import type { KeptOutput } from './kept-output.ts';
import { type LabelReport, labelReports } from './label-report.ts';
import type { ScoreMaps } from './score-maps.ts';
import { type Thresholds, thresholdsOf } from './thresholds.ts';

/** An object found in an image. */
export interface Detection {
  /** Label as the user gave it. */
  readonly label: string;
  /** `[x1, y1, x2, y2]`, pixels of the given image. */
  readonly box: readonly [x1: number, y1: number, x2: number, y2: number];
  /** 0 to 1. */
  readonly score: number;
  /** UTF-16 `[start, end)` of the phrase in the prompt. */
  readonly span: Span;
  /** Indices of the phrase's word pieces in its pass of the prompt. */
  readonly tokens: readonly number[];
  /** Probability of each of these tokens at the detection's location. */
  readonly tokenScores: readonly number[];
}

/** Detections, best first. */
export interface Detections extends ReadonlyArray<Detection> {
  /** Size of the image in pixels, as the boxes see it: that of a file after its EXIF orientation. */
  readonly imageSize: { readonly width: number; readonly height: number };
  /** The prompt as the model read it; `span`s point into it. */
  readonly prompt: string;
  /** Warnings about the prompt, such as words unknown to the model. */
  readonly warnings: PromptPlan['warnings'];
  /** Outcome for each requested label, in prompt order: number found, best score, or why it is missing. */
  readonly labels: readonly LabelReport[];
  /** With `explain: true`: score maps of each token, for each pass of the prompt. */
  readonly scoreMaps?: readonly ScoreMaps[];
}

export interface DetectionOptions {
  /** Minimum score, exclusive: one number, or one per label, in order or by name. Default 0.4. */
  readonly threshold?: Thresholds | undefined;
  /**
   * Scope of non-maximum suppression: 'label' (default) suppresses boxes of the same label, as the original does; 'all'
   * suppresses across labels, so that each object is found once.
   */
  readonly overlap?: 'label' | 'all' | undefined;
  /** Maximum number of detections; by default the model's own limit for each pass of the prompt. */
  readonly limit?: number | undefined;
  /** Maximum number in each pass, and what ties with the last of them; by default the model's own. LVIS takes 300. */
  readonly limitPerPass?: number | undefined;
}

/** All that a grounding holds, as plain data that `postMessage` can copy. */
export interface GroundingData {
  readonly plan: PromptPlan;
  readonly config: GlipConfig;
  /** `[height, width]`: of the image as the model saw it, without padding, and of the given image. */
  readonly sizes: { readonly image: ImageSize; readonly original: ImageSize };
  /** Of each pass of the prompt. */
  readonly outputs: readonly KeptOutput[];
  readonly scoreMaps?: readonly ScoreMaps[] | undefined;
}

/** A prompt grounded in an image: the model has run, and new thresholds can be applied without running it again. */
export class Grounding {
  readonly plan: PromptPlan;
  /** With `explain: true`: score maps of each token, for each pass of the prompt. */
  readonly scoreMaps: readonly ScoreMaps[] | undefined;
  readonly #config: GlipConfig;
  readonly #imageSize: ImageSize;
  readonly #originalSize: ImageSize;
  readonly #outputs: readonly KeptOutput[];

  /** @param outputs  of each chunk of the plan, or of its first chunks */
  constructor(
    plan: PromptPlan,
    config: GlipConfig,
    sizes: { readonly image: ImageSize; readonly original: ImageSize },
    outputs: readonly KeptOutput[],
    scoreMaps?: readonly ScoreMaps[],
  ) {
    this.scoreMaps = scoreMaps && [...scoreMaps];
    this.plan = { ...plan, chunks: plan.chunks.slice(0, outputs.length) };
    this.#config = config;
    this.#imageSize = sizes.image;
    this.#originalSize = sizes.original;
    this.#outputs = [...outputs];
  }

  /** A grounding from the data of another one, for example in another thread. */
  static fromData({ plan, config, sizes, outputs, scoreMaps }: GroundingData): Grounding {
    return new Grounding(plan, config, sizes, outputs, scoreMaps);
  }

  /** Plain data for another thread; its arrays are this grounding's own. */
  toData(): GroundingData {
    return {
      plan: this.plan,
      config: this.#config,
      sizes: { image: this.#imageSize, original: this.#originalSize },
      outputs: this.#outputs,
      scoreMaps: this.scoreMaps,
    };
  }

  /** @throws DetectionError for invalid options */
  detections({
    threshold,
    overlap = 'label',
    limit = Number.POSITIVE_INFINITY,
    limitPerPass = this.#config.detection.detectionsPerImage,
  }: DetectionOptions = {}): Detections {
    if (!(Number.isSafeInteger(limitPerPass) && limitPerPass >= 0)) {
      throw new DetectionError(
        `detections: limitPerPass is ${String(limitPerPass)}, expected a whole number, or 0 for no limit`,
      );
    }
    if (!(limit >= 1))
      throw new DetectionError(`detections: limit is ${String(limit)}, expected a number of at least 1`);
    if (overlap !== 'label' && overlap !== 'all') {
      throw new DetectionError(
        `detections: overlap is ${JSON.stringify(overlap)}, expected 'label' or 'all'`,
      );
    }
    const { plan } = this;
    const { detection } = this.#config;
    const thresholds = thresholdsOf(threshold, plan.targets);
    const owner = ({ target }: Phrase): number => (overlap === 'all' ? 0 : target);
    const found = plan.chunks.flatMap(({ phrases }, chunk) => {
      const own = phrases.map(({ target }) => thresholds[target]);
      return this.#fromChunk(phrases, this.#outputs[chunk], {
        threshold: own,
        labelOfPhrase: phrases.map(owner),
        detectionsPerImage: limitPerPass,
      });
    });
    // Each pass is already suppressed; across passes, names of one label (or all labels) may overlap.
    const kept = plan.chunks.length > 1 ? suppressFound(found, owner, detection.nmsThreshold) : found;
    const best = kept.sort((a, b) => b.score - a.score).slice(0, limit);

    const counts = plan.targets.map(() => 0);
    for (const { phrase } of best) counts[phrase.target] += 1;
    const { inferenceThreshold } = detection;
    const chunkBest = this.#outputs.map((output) => output.best);
    return Object.assign(
      best.map((one) => this.#toDetection(one)),
      {
        imageSize: { width: this.#originalSize[1], height: this.#originalSize[0] },
        prompt: plan.text,
        warnings: plan.warnings,
        labels: labelReports({ plan, best: chunkBest, thresholds, counts, inferenceThreshold }),
        ...(this.scoreMaps && { scoreMaps: this.scoreMaps }),
      },
    );
  }

  #fromChunk(
    phrases: readonly Phrase[],
    { levels, tokens, tokenScores }: KeptOutput,
    own: Pick<PostprocessOptions, 'threshold' | 'labelOfPhrase' | 'detectionsPerImage'>,
  ): Found[] {
    const options = { ...this.#config.detection, ...own, imageSize: this.#imageSize };
    const { boxes, scores, labels, locations } = postprocess(levels, phrases.length, options);
    return Array.from(scores, (score, i): Found => {
      const phrase = phrases[labels[i]];
      const ofTokens = phrase.tokens.map((token) => tokenScores[locations[i] * tokens + token]);
      return { phrase, score, box: boxes.slice(4 * i, 4 * i + 4), tokenScores: ofTokens };
    });
  }

  #toDetection({ phrase, score, box, tokenScores }: Found): Detection {
    const { label, span, tokens } = phrase;
    const [x1, y1, x2, y2] = rescaleBoxes(box, this.#imageSize, this.#originalSize);
    return { label, box: [x1, y1, x2, y2], score, span, tokens, tokenScores };
  }
}

interface Found {
  readonly phrase: Phrase;
  readonly score: number;
  /** [4], pixels of the resized image. */
  readonly box: Float32Array;
  readonly tokenScores: readonly number[];
}

function suppressFound(
  found: readonly Found[],
  owner: (phrase: Phrase) => number,
  threshold: number,
): Found[] {
  const boxes = new Float32Array(4 * found.length);
  for (const [i, { box }] of found.entries()) boxes.set(box, 4 * i);
  const scores = Float32Array.from(found, ({ score }) => score);
  const labels = Int32Array.from(found, ({ phrase }) => owner(phrase));
  return Array.from(nonMaximumSuppression(boxes, scores, labels, threshold), (i) => found[i]);
}

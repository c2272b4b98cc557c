import type { ImageSize } from '../image/preprocess.ts';
import type { PromptChunk } from '../prompt/plan-prompt.ts';

/** Scores of one level of the pyramid, over the image. */
export interface LevelScores {
  /** Distance between locations in pixels of the resized image: 8 at the finest level, up to 128. */
  readonly stride: number;
  /** Locations inside the image, vertically and horizontally; those of the padding are excluded. */
  readonly height: number;
  readonly width: number;
  /** Size of a location, `[width, height]` in pixels of the given image: location (row, column) starts at column x width. */
  readonly cell: readonly [width: number, height: number];
  /** [height, width, T]: probability of each token at each location, 0 to 1. */
  readonly scores: Float32Array;
}

/** Score of each token of a pass at each place in the image. */
export interface ScoreMaps {
  /** Pass of the prompt, from 0. */
  readonly chunk: number;
  /** The T word pieces that the model read, including [CLS] and [SEP]; `Detection.tokens` index them. */
  readonly pieces: readonly string[];
  /** Finest first. */
  readonly levels: readonly LevelScores[];
}

/** Location of scores in an image. Sizes are [height, width]. */
export interface ScorePlace {
  /** Pass of the prompt, from 0. */
  readonly chunk: number;
  /** Of the levels, with the padding; see `levelSizes`. */
  readonly sizes: readonly ImageSize[];
  readonly strides: readonly number[];
  /** After resizing, without padding. */
  readonly image: ImageSize;
  readonly original: ImageSize;
}

/**
 * The score maps of a chunk in one image.
 *
 * @param tokenScores  [N, T]: of all locations of all levels, row-major; T may include the padding of a shorter chunk
 */
export function scoreMapsOf(
  tokenScores: Float32Array,
  { pieces }: PromptChunk,
  { chunk, sizes, strides, image, original }: ScorePlace,
): ScoreMaps {
  const columns = tokenScores.length / sizes.reduce((sum, [rows, across]) => sum + rows * across, 0);
  const tokens = pieces.length;
  let start = 0;
  const levels = sizes.map(([rows, across], level): LevelScores => {
    const stride = strides[level];
    const [height, width] = [Math.ceil(image[0] / stride), Math.ceil(image[1] / stride)];
    const scores = new Float32Array(height * width * tokens);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const from = (start + row * across + column) * columns;
        scores.set(tokenScores.subarray(from, from + tokens), (row * width + column) * tokens);
      }
    }
    start += rows * across;
    const cell = [(stride * original[1]) / image[1], (stride * original[0]) / image[0]] as const;
    return { stride, height, width, cell, scores };
  });
  return { chunk, pieces, levels };
}

/**
 * Score map of a phrase: the mean over its tokens, as in its score before centerness.
 *
 * @param tokens  indices of its word pieces
 * @returns       [height, width]
 */
export function phraseMap({ height, width, scores }: LevelScores, tokens: readonly number[]): Float32Array {
  const count = scores.length / (height * width);
  return Float32Array.from({ length: height * width }, (_, at) => {
    return tokens.reduce((sum, token) => sum + scores[at * count + token], 0) / tokens.length;
  });
}

/** Values over the image, such as a phrase's scores. */
export interface HeatMap extends Omit<LevelScores, 'scores'> {
  /** [height, width], 0 to 1. */
  readonly values: Float32Array;
}

/** Maximum of a phrase's score maps over all levels, at the resolution of the finest level: for drawings. */
export function heatMap({ levels }: ScoreMaps, tokens: readonly number[]): HeatMap {
  const { scores: _, ...grid } = levels[0];
  const seen = levels.map((level) => ({ ...level, values: phraseMap(level, tokens) }));
  const values = Float32Array.from({ length: grid.height * grid.width }, (_, at) => {
    const [x, y] = [at % grid.width, Math.floor(at / grid.width)].map((place) => (place + 0.5) * grid.stride);
    return seen.reduce((best, { stride, width, values: own }) => {
      return Math.max(best, own[Math.floor(y / stride) * width + Math.floor(x / stride)]);
    }, 0);
  });
  return { ...grid, values };
}

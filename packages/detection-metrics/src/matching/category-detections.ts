import { isOutside, type TrueBox } from './match.ts';
import type { Outcomes } from './outcomes.ts';
import { AREA_RANGES } from './parameters.ts';
import { byScore } from './sort.ts';

/** Outcome of detections that count only for a limit, such as those in images where their category was not judged. */
export const NOT_EVALUATED = 0xffffffff;

/** Objects and detections of one category in an image. */
interface MatchedImage {
  /** Its number. */
  readonly image: number;
  readonly objects: readonly TrueBox[];
  /** Best first. */
  readonly detections: readonly { readonly score: number }[];
  /** By detection: false if it counts for the limit only; default true. */
  readonly evaluated?: readonly boolean[];
  /** Of `Matcher.match`, for the evaluated detections. */
  readonly words: Readonly<Uint32Array>;
}

/** Detections of one category in all images, in order of arrival: those of an image follow each other. */
export class CategoryDetections {
  /** By area range: objects to find. */
  readonly objects: number[] = AREA_RANGES.map(() => 0);
  scores = new Float64Array(16);
  codes = new Uint32Array(16);
  /** Number of the image, counted in the order in which images were added. */
  images = new Uint32Array(16);
  length = 0;

  /** Adds an image's matched detections. */
  addImage({ image, objects, detections, evaluated, words }: MatchedImage, outcomes: Outcomes): void {
    let row = 0;
    for (const [d, { score }] of detections.entries()) {
      const counts = evaluated === undefined || evaluated[d];
      const code = counts ? outcomes.codeOf(words, row++ * AREA_RANGES.length) : NOT_EVALUATED;
      this.#add(score, code, image);
    }
    for (let a = 0; a < AREA_RANGES.length; a++) {
      for (const { ignored, crowd, area } of objects) {
        if (!(ignored || crowd || isOutside(area, a))) this.objects[a] += 1;
      }
    }
  }

  /** Number of detections that do not count for the limit only. */
  get evaluated(): number {
    let count = 0;
    for (let i = 0; i < this.length; i++) if (this.codes[i] !== NOT_EVALUATED) count += 1;
    return count;
  }

  /** Drops what `keepBest` would drop, once that is half of all. */
  limit(limit: number): void {
    if (this.length >= 2 * limit) this.keepBest(limit);
  }

  /** Keeps the best; of equal scores those that arrived first. The order of arrival stays. */
  keepBest(limit: number): void {
    if (this.length <= limit) return;
    const kept = byScore(this.scores.subarray(0, this.length)).subarray(0, limit).sort();
    for (let i = 0; i < limit; i++) {
      this.scores[i] = this.scores[kept[i]];
      this.codes[i] = this.codes[kept[i]];
      this.images[i] = this.images[kept[i]];
    }
    this.length = limit;
  }

  #add(score: number, code: number, image: number): void {
    if (this.length === this.scores.length) this.#grow();
    this.scores[this.length] = score;
    this.codes[this.length] = code;
    this.images[this.length] = image;
    this.length += 1;
  }

  #grow(): void {
    const size = Math.ceil(this.length * 1.5);
    const scores = new Float64Array(size);
    const codes = new Uint32Array(size);
    const images = new Uint32Array(size);
    scores.set(this.scores);
    codes.set(this.codes);
    images.set(this.images);
    Object.assign(this, { scores, codes, images });
  }
}

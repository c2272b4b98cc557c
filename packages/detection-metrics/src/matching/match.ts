import type { CocoBox } from '../types.ts';
import { boxIou } from './overlap.ts';
import { AREA_RANGES, IOU_THRESHOLDS } from './parameters.ts';

/** An object whose defaults are filled in. */
export interface TrueBox {
  readonly bbox: CocoBox;
  readonly area: number;
  readonly crowd: boolean;
  /** Need not be found, whatever its size. */
  readonly ignored: boolean;
  /** False for the annotation 0 of pycocotools: its match counts as none. */
  readonly counts: boolean;
}

export interface FoundBox {
  readonly bbox: CocoBox;
  readonly score: number;
}

/** Shift of the bits that say at which IoU thresholds a detection is ignored; those below say where it is matched. */
export const IGNORED_SHIFT = 16;

const A = AREA_RANGES.length;
const T = IOU_THRESHOLDS.length;
const EVERY_THRESHOLD = (1 << T) - 1;
const LEAST_IOU = IOU_THRESHOLDS.map((threshold) => Math.min(threshold, 1 - 1e-10));

/** Detections in descending order of score, equal scores in their order, at most `limit`. */
export function bestFirst<D extends { readonly score: number }>(
  detections: readonly D[],
  limit: number,
): readonly D[] {
  const sorted = detections.length > 1 ? [...detections].sort((a, b) => b.score - a.score) : detections;
  return sorted.length > limit ? sorted.slice(0, limit) : sorted;
}

/** Places of objects: those that count, then the ignored ones. */
function countedFirst(ignored: readonly boolean[]): number[] {
  const places: number[] = [];
  for (let g = 0; g < ignored.length; g++) if (!ignored[g]) places.push(g);
  for (let g = 0; g < ignored.length; g++) if (ignored[g]) places.push(g);
  return places;
}

/** Matches detections with objects; one instance keeps its buffers from image to image. */
export class Matcher {
  /** Overlaps of detections (rows) with objects (columns). */
  #ious = new Float64Array(256);
  #best = new Float64Array(64);
  #taken = new Uint8Array(64);
  /** By detection: the object that it matches at the last threshold, or -1. */
  #object = new Int32Array(64);
  #words = new Uint32Array(256);

  /**
   * Matches the detections of one image and category, best first, at every threshold and for every area range.
   *
   * @param ignoreUnmatched  true if detections without an object are neither right nor wrong
   * @returns `[detections, area ranges]`, valid until the next call: bit t is set if the detection is matched at threshold t,
   *   bit 16 + t if it is ignored there
   */
  match(
    objects: readonly TrueBox[],
    detections: readonly FoundBox[],
    ignoreUnmatched = false,
  ): Readonly<Uint32Array> {
    const D = detections.length;
    if (this.#words.length < D * A) this.#words = new Uint32Array(2 * D * A);
    const words = this.#words.fill(0, 0, D * A);
    if (objects.length > 0) this.#matchSizes(objects, detections);
    for (let d = 0; d < D; d++) {
      const { bbox } = detections[d];
      const area = bbox[2] * bbox[3];
      for (let a = 0; a < A; a++) {
        if (!(ignoreUnmatched || isOutside(area, a))) continue;
        const word = words[d * A + a];
        words[d * A + a] = word | ((~word & EVERY_THRESHOLD) << IGNORED_SHIFT);
      }
    }
    return words;
  }

  /**
   * Object that each detection, best first, matches at one threshold, or -1; valid until the next call.
   *
   * @param ignored  by object: need not be found
   */
  assign(
    objects: readonly TrueBox[],
    detections: readonly FoundBox[],
    ignored: readonly boolean[],
    threshold: number,
  ): Readonly<Int32Array> {
    this.#overlap(objects, detections);
    this.#assign(objects, detections.length, countedFirst(ignored), ignored, Math.min(threshold, 1 - 1e-10));
    return this.#object;
  }

  #matchSizes(objects: readonly TrueBox[], detections: readonly FoundBox[]): void {
    const D = detections.length;
    this.#overlap(objects, detections);
    const words = this.#words;
    const before: boolean[][] = [];
    for (let a = 0; a < A; a++) {
      const ignored = objects.map((object) => object.ignored || object.crowd || isOutside(object.area, a));
      const same = before.findIndex((one) => one.every((value, g) => value === ignored[g]));
      before.push(ignored);
      if (same >= 0) {
        for (let d = 0; d < D; d++) words[d * A + a] = words[d * A + same];
        continue;
      }
      const order = countedFirst(ignored);
      for (let t = 0; t < T; t++) {
        if (!this.#assign(objects, D, order, ignored, LEAST_IOU[t])) break;
        for (let d = 0; d < D; d++) {
          const object = this.#object[d];
          if (object < 0) continue;
          if (objects[object].counts) words[d * A + a] |= 1 << t;
          if (ignored[object]) words[d * A + a] |= 1 << (t + IGNORED_SHIFT);
        }
      }
    }
  }

  #overlap(objects: readonly TrueBox[], detections: readonly FoundBox[]): void {
    const [D, G] = [detections.length, objects.length];
    if (this.#ious.length < D * G) this.#ious = new Float64Array(2 * D * G);
    if (this.#best.length < D) {
      this.#best = new Float64Array(2 * D);
      this.#object = new Int32Array(2 * D);
    }
    if (this.#taken.length < G) this.#taken = new Uint8Array(2 * G);
    let at = 0;
    for (let d = 0; d < D; d++) {
      const { bbox } = detections[d];
      let best = 0;
      for (let g = 0; g < G; g++) {
        const { bbox: other, crowd } = objects[g];
        const iou = boxIou(bbox, other, crowd);
        if (iou > best || Number.isNaN(iou)) best = Number.isNaN(iou) ? Number.POSITIVE_INFINITY : iou; // overflow
        this.#ious[at++] = iou;
      }
      this.#best[d] = best;
    }
  }

  /**
   * Assigns detections, best first, to the free object of largest overlap; of equal overlaps the last. Objects that count
   * come before the ignored ones; a crowd takes any number of detections. False if nothing is matched.
   */
  #assign(
    objects: readonly TrueBox[],
    D: number,
    order: readonly number[],
    ignored: readonly boolean[],
    least: number,
  ): boolean {
    const G = objects.length;
    const [ious, taken] = [this.#ious, this.#taken.fill(0, 0, G)];
    let any = false;
    for (let d = 0; d < D; d++) {
      this.#object[d] = -1;
      if (this.#best[d] < least) continue;
      let best = least;
      let found = -1;
      for (let i = 0; i < G; i++) {
        const g = order[i];
        if (taken[g] && !objects[g].crowd) continue;
        if (found >= 0 && !ignored[found] && ignored[g]) break;
        const iou = ious[d * G + g];
        if (iou < best) continue;
        best = iou;
        found = g;
      }
      if (found < 0) continue;
      this.#object[d] = found;
      taken[found] = 1;
      any = true;
    }
    return any;
  }
}

/** True if an area, in square pixels, is outside of a range of sizes. */
export function isOutside(area: number, range: number): boolean {
  return area < AREA_RANGES[range].min || area > AREA_RANGES[range].max;
}

/** Precision and recall over all categories at one score threshold, at IoU 0.5. */
export interface OperatingPoint {
  /** Detections of at least this score are counted. */
  readonly threshold: number;
  readonly precision: number;
  readonly recall: number;
  /** Harmonic mean of both. */
  readonly f1: number;
}

/** Scores of detections that are right or wrong. */
export class ScoreTally {
  readonly #scores: number[] = [];
  readonly #right: boolean[] = [];
  #objects = 0;

  add(score: number, right: boolean): void {
    this.#scores.push(score);
    this.#right.push(right);
  }

  addObjects(count: number): void {
    this.#objects += count;
  }

  /** The threshold with the largest F1; undefined if nothing was right. */
  best(): OperatingPoint | undefined {
    const order = this.#scores.map((_, i) => i).sort((a, b) => this.#scores[b] - this.#scores[a]);
    let best: OperatingPoint | undefined;
    let right = 0;
    for (const [place, i] of order.entries()) {
      right += Number(this.#right[i]);
      const threshold = this.#scores[i];
      const next = order[place + 1];
      if (next !== undefined && this.#scores[next] === threshold) continue; // equal scores are counted together
      const precision = right / (place + 1);
      const recall = right / this.#objects;
      const f1 = right === 0 ? 0 : (2 * precision * recall) / (precision + recall);
      if (f1 > (best?.f1 ?? 0)) best = { threshold, precision, recall, f1 };
    }
    return best;
  }
}

import type { StepEvent } from './training-event.ts';

/** Seconds of steps, and an estimate of those to come. */
export class Pace {
  readonly #total: number;
  #last = performance.now();
  #asked = performance.now();
  #mean: number | undefined;

  constructor(total: number) {
    this.#total = total;
  }

  /** Seconds since the batch was asked for. */
  waited(): number {
    return secondsSince(this.#asked);
  }

  ended(
    step: number,
    waitingSeconds: number,
  ): Pick<StepEvent, 'seconds' | 'waitingSeconds' | 'remainingSeconds'> {
    const seconds = secondsSince(this.#last);
    this.#last = performance.now();
    this.#mean = this.#mean === undefined ? seconds : 0.95 * this.#mean + 0.05 * seconds;
    return { seconds, waitingSeconds, remainingSeconds: this.#mean * (this.#total - step) };
  }

  /** @param paused  true after an evaluation or a checkpoint, which do not count as a step's time */
  restart(paused: boolean): void {
    this.#asked = performance.now();
    if (paused) this.#last = this.#asked;
  }
}

/** @param start  of `performance.now()` */
export const secondsSince = (start: number): number => (performance.now() - start) / 1000;

import { addAll, MAX_TERMS } from './kernels/add-all/add-all.ts';
import type { Tensor } from './tensor.ts';

const MAX_WAITING_BYTES = 1 << 25; // of a term: larger ones are added at once, so that few are in memory

/**
 * Sums of the gradients of each tensor. The terms from several operations wait until the sum is requested, so that one
 * dispatch adds many of them, in the order in which they came.
 */
export class GradientSums {
  readonly #terms = new Map<Tensor, Tensor[]>();

  /** Adds a term, and takes ownership of it. */
  give(to: Tensor, term: Tensor): void {
    const terms = this.#terms.get(to) ?? [];
    this.#terms.set(to, terms);
    terms.push(term);
    const most = term.bytes > MAX_WAITING_BYTES ? 2 : MAX_TERMS;
    if (terms.length === most) this.get(to);
  }

  /** The sum so far, undefined without terms; still owned here. */
  get(of: Tensor): Tensor | undefined {
    const terms = this.#terms.get(of);
    if (!terms || terms.length === 1) return terms?.[0];
    const sum = addAll(terms);
    for (const term of terms) term.dispose();
    this.#terms.set(of, [sum]);
    return sum;
  }

  /** Disposes the terms of a tensor. */
  drop(of: Tensor): void {
    for (const term of this.#terms.get(of) ?? []) term.dispose();
    this.#terms.delete(of);
  }
}

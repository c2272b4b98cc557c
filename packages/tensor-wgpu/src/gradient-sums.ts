import { addAll, MAX_TERMS } from './kernels/add-all/add-all.ts';
import type { Tensor } from './tensor.ts';

const MAX_WAITING_BYTES = 1 << 25; // of a term: larger ones are added at once, so that few are in memory

/**
 * Gradients on their way to the tensors that they belong to. What several operations give to one tensor waits until it is
 * asked for, so that one dispatch adds many terms, in the order in which they came.
 */
export class GradientSums {
  readonly #terms = new Map<Tensor, Tensor[]>();

  /** Takes over one term. */
  give(to: Tensor, term: Tensor): void {
    const terms = this.#terms.get(to) ?? [];
    this.#terms.set(to, terms);
    terms.push(term);
    const most = term.bytes > MAX_WAITING_BYTES ? 2 : MAX_TERMS;
    if (terms.length === most) this.get(to);
  }

  /** The sum so far, undefined without terms; it stays here. */
  get(of: Tensor): Tensor | undefined {
    const terms = this.#terms.get(of);
    if (!terms || terms.length === 1) return terms?.[0];
    const sum = addAll(terms);
    for (const term of terms) term.dispose();
    this.#terms.set(of, [sum]);
    return sum;
  }

  /** Disposes what belongs to a tensor. */
  drop(of: Tensor): void {
    for (const term of this.#terms.get(of) ?? []) term.dispose();
    this.#terms.delete(of);
  }
}

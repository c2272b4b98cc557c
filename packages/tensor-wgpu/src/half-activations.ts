let inside = false;

/**
 * Runs `body`. Where its operations are recorded for a gradient, the activations that the backward pass reads are stored
 * as f16 once the forward pass needs them no more: about half the memory. The forward pass computes the same f32 numbers as
 * without it; gradients are f32 too, and are those at the rounded activations. Statistics of norms and softmaxes stay f32.
 * Values beyond ±65504 are stored as ±65504, NaN and infinities as NaN. Losses belong outside: differences of coordinates
 * in pixels, for one, do not survive f16.
 */
export function halfActivations<T>(body: () => T): T {
  const outer = inside;
  inside = true;
  try {
    return body();
  } finally {
    inside = outer;
  }
}

/** True inside of `halfActivations`. */
export function storesHalves(): boolean {
  return inside;
}

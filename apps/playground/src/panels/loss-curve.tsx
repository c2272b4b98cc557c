import type { Teaching } from '../state/state.ts';
import { STRINGS } from '../strings.ts';

/** The loss of each step. */
export function LossCurve({ teaching: { losses, steps, running } }: { readonly teaching: Teaching }) {
  const max = Math.max(1e-6, ...losses);
  const points = losses.map(
    (loss, i) => `${((100 * i) / Math.max(1, steps - 1)).toFixed(2)},${(39 - (38 * loss) / max).toFixed(2)}`,
  );
  const last = losses.at(-1);
  const words =
    last === undefined
      ? STRINGS.teach.preparing
      : STRINGS.teach.progress(losses.length, steps, losses[0].toFixed(3), last.toFixed(3));
  return (
    <figure class="loss">
      <svg viewBox="0 0 100 40" preserveAspectRatio="none" role="img" aria-label={words}>
        <polyline points={points.join(' ')} />
      </svg>
      <figcaption class="note" id="loss" aria-busy={running}>
        {words}
      </figcaption>
    </figure>
  );
}

import { STRINGS } from '../strings.ts';

const BINS = 50;

/** Scores of all boxes, in fiftieths; those above the threshold stand out. */
export function Histogram({
  scores,
  threshold,
}: {
  readonly scores: readonly number[];
  readonly threshold: number;
}) {
  const counts = new Array<number>(BINS).fill(0);
  for (const score of scores) counts[Math.min(BINS - 1, Math.floor(score * BINS))] += 1;
  const most = Math.max(1, ...counts.map(Math.sqrt)); // many low scores would hide the few high ones
  return (
    <svg
      class="histogram"
      id="histogram"
      viewBox={`0 0 ${BINS} 20`}
      preserveAspectRatio="none"
      role="img"
      aria-label={STRINGS.results.histogram}
    >
      {counts.map((count, i) => {
        const height = count === 0 ? 0.4 : Math.max(1.4, (19 * Math.sqrt(count)) / most);
        return (
          <rect
            key={i}
            class={(i + 1) / BINS > threshold ? 'above' : ''}
            x={i + 0.1}
            y={20 - height}
            width={0.8}
            height={height}
          />
        );
      })}
    </svg>
  );
}

const MAX_TICKS = 60;

/** A stroke for each score of a label, behind its slider. */
export function Ticks({ scores }: { readonly scores: readonly number[] }) {
  return (
    <svg class="ticks" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      {scores.slice(0, MAX_TICKS).map((score, i) => (
        <rect key={i} x={Math.min(99, 100 * score) - 0.4} y={0} width={0.8} height={10} />
      ))}
    </svg>
  );
}

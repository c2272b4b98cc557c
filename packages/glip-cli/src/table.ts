import type { Detections } from '@glip-wgpu/glip-core';

const MOST_MISSING = 10;

/** Detections as aligned lines of text, then the labels that were not found, and why. */
export function tableOf(detections: Detections): string {
  return [...linesOf(detections), ...missingOf(detections)].join('\n');
}

function linesOf(detections: Detections): string[] {
  if (detections.length === 0) return ['  nothing above the threshold'];
  const wide = Math.max(5, ...detections.map(({ label }) => label.length));
  const head = `  ${'label'.padEnd(wide)}  score      x1      y1      x2      y2`;
  const lines = detections.map(({ label, score, box }) => {
    const corners = box.map((value) => value.toFixed(1).padStart(7)).join(' ');
    return `  ${label.padEnd(wide)}  ${score.toFixed(3)} ${corners}`;
  });
  return [head, ...lines];
}

/** The ones that came nearest, first. */
function missingOf({ labels }: Detections): string[] {
  const missing = labels
    .filter(({ missing: why }) => why !== undefined)
    .sort((a, b) => b.bestScore - a.bestScore);
  const lines = missing.slice(0, MOST_MISSING).map(({ label, missing: why }) => `  no ${label}: ${why}`);
  if (missing.length > MOST_MISSING)
    lines.push(`  and ${missing.length - MOST_MISSING} more labels not found`);
  return lines;
}

import type { Detections } from '@glip-wgpu/glip-core';

const MAX_MISSING = 10;

/** Detections as an aligned table, then the missing labels with reasons. */
export function tableOf(detections: Detections): string {
  return [...linesOf(detections), ...missingOf(detections)].join('\n');
}

function linesOf(detections: Detections): string[] {
  if (detections.length === 0) return ['  nothing above the threshold'];
  const labels = detections.map(({ label }) => inOneLine(label));
  const wide = Math.max(5, ...labels.map((label) => label.length));
  const head = `  ${'label'.padEnd(wide)}  score      x1      y1      x2      y2`;
  const lines = detections.map(({ score, box }, i) => {
    const corners = box.map((value) => value.toFixed(1).padStart(7)).join(' ');
    return `  ${labels[i].padEnd(wide)}  ${score.toFixed(3)} ${corners}`;
  });
  return [head, ...lines];
}

/** Sorted by best score. */
function missingOf({ labels }: Detections): string[] {
  const missing = labels
    .filter(({ missing: why }) => why !== undefined)
    .sort((a, b) => b.bestScore - a.bestScore);
  const lines = missing
    .slice(0, MAX_MISSING)
    .map(({ label, missing: why }) => `  no ${inOneLine(label)}: ${why}`);
  if (missing.length > MAX_MISSING) lines.push(`  and ${missing.length - MAX_MISSING} more labels not found`);
  return lines;
}

function inOneLine(label: string): string {
  return label.replace(/\s+/g, ' ');
}

import type { Detections } from '@glip-wgpu/glip-core';

/** Detections as aligned lines of text. */
export function tableOf(detections: Detections): string {
  if (detections.length === 0) return '  nothing above the threshold';
  const wide = Math.max(5, ...detections.map(({ label }) => label.length));
  const head = `  ${'label'.padEnd(wide)}  score      x1      y1      x2      y2`;
  const lines = detections.map(({ label, score, box }) => {
    const corners = box.map((value) => value.toFixed(1).padStart(7)).join(' ');
    return `  ${label.padEnd(wide)}  ${score.toFixed(3)} ${corners}`;
  });
  return [head, ...lines].join('\n');
}

import type { CocoFigures } from '@glip-wgpu/detection-metrics';
import type { Evaluation } from '@glip-wgpu/glip-train';

/** An evaluation and what was evaluated. */
export interface Evaluated extends Evaluation {
  readonly model: string;
  readonly data: string;
  readonly split: string;
}

/** Figures as plain JSON; those without an object to find are null. */
export function jsonOf({ model, data, split, summary, operatingPoint, unreadable }: Evaluated): object {
  return {
    model,
    data,
    split,
    images: summary.images,
    objects: objectsIn(summary.categories),
    ...named(summary, summary.maxDetections),
    operatingPoint: operatingPoint ?? null,
    categories: summary.categories.map(({ id, name, objects, detections, ...figures }) => ({
      id,
      name,
      objects,
      detections,
      ...named(figures, summary.maxDetections),
    })),
    unreadable: unreadable.map(({ image: { path }, error }) => ({
      path,
      reason: error instanceof Error ? error.message : String(error),
    })),
  };
}

function named(figures: CocoFigures, limits: readonly number[]): object {
  const { AP, AP50, AP75, APs, APm, APl, AR, ARs, ARm, ARl } = figures;
  const recall = Object.fromEntries(AR.map((value, i) => [`AR${limits[i]}`, value]));
  const all: Readonly<Record<string, number>> = {
    AP,
    AP50,
    AP75,
    APs,
    APm,
    APl,
    ...recall,
    ARs,
    ARm,
    ARl,
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value < 0 ? null : value]));
}

/** Figures as an aligned text, then a line for each class, the most frequent first. */
export function textOf({ model, data, split, summary, operatingPoint, unreadable }: Evaluated): string {
  const { categories, images, AR, maxDetections } = summary;
  const counts = `${counted(images, 'image')}, ${counted(objectsIn(categories), 'object')}, ${counted(categories.length, 'class')}`;
  const limits = maxDetections.map((limit) => `AR${limit}`);
  const lines = [
    `${model} on ${split} of ${data}: ${counts}`,
    '',
    columns(['AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', ...limits]),
    columns(
      [summary.AP, summary.AP50, summary.AP75, summary.APs, summary.APm, summary.APl, ...AR].map(share),
    ),
    '',
  ];
  if (operatingPoint) {
    const { threshold, precision, recall, f1 } = operatingPoint;
    lines.push(
      `best balance at --threshold ${downTo(threshold)}: precision ${share(precision)}, recall ${share(recall)}, F1 ${share(f1)} (IoU 0.5)`,
      '',
    );
  }
  const names = categories.map(({ name = '' }) => name.replace(/\s+/g, ' '));
  const wide = Math.min(40, Math.max(5, ...names.map((name) => name.length)));
  lines.push(
    `${'class'.padEnd(wide)}  objects ${columns(['AP', 'AP50', 'AP75', limits[limits.length - 1]])}`,
  );
  const order = [...categories.keys()].sort((a, b) => categories[b].objects - categories[a].objects);
  for (const k of order) {
    const { objects, AP, AP50, AP75, AR: recall } = categories[k];
    const figures = columns([AP, AP50, AP75, recall[recall.length - 1]].map(share));
    lines.push(`${names[k].slice(0, wide).padEnd(wide)}  ${String(objects).padStart(7)} ${figures}`);
  }
  if (unreadable.length > 0) lines.push('', `${counted(unreadable.length, 'picture')} left out, see above`);
  return lines.join('\n');
}

/** A figure with three digits; a dash without an object to find. */
export function share(value: number): string {
  return value < 0 ? '-' : value.toFixed(3);
}

/** A threshold rounded down, so that detections of exactly this score are kept. */
function downTo(threshold: number): string {
  return (Math.floor(threshold * 1000) / 1000).toFixed(3);
}

function columns(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(7)).join('');
}

function objectsIn(categories: readonly { readonly objects: number }[]): number {
  return categories.reduce((sum, { objects }) => sum + objects, 0);
}

function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun}${noun.endsWith('s') ? 'es' : 's'}`;
}

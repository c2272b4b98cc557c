import { createHash } from 'node:crypto';
import type { AnnotatedImage, Category } from '@glip-wgpu/datasets';
import {
  type AcceptsChange,
  describeChange,
  type RunChange,
  type RunSettings,
  type TrainingPlan,
} from '@glip-wgpu/glip-train';
import { note } from '../outputs/terminal.ts';
import type { RunConfig } from './run-config.ts';
import type { RunData } from './training-data.ts';

/** Images of a dataset as training and evaluations depend on them: paths, sizes, captions, boxes and categories. */
export interface Contents {
  readonly images: number;
  readonly boxes: number;
  readonly sha256: string;
}

/** Settings that a run depends on beside its plan: stored in its checkpoints and compared when it is resumed. */
export function runSettings(config: RunConfig, { training, evaluations }: RunData): RunSettings {
  const { model, architecture, initial, batches, data, patience } = config;
  return {
    ...{ model, ...(architecture && { architecture }), ...(initial && { initial }), data, batches, patience },
    evaluations: config.evaluations,
    contents: { data: training.map(contentsOf), evaluations: evaluations.map(contentsOf) },
  };
}

const PLACE = ['folder', 'format', 'split', 'heldOut'];

/**
 * Says of changes of a run's configuration and data whether it continues with them: patience, evaluations that do not change
 * the learning rate, another place of the same pictures and boxes, and pictures or boxes that changed in their place.
 */
export function acceptedIn({ phases }: TrainingPlan): AcceptsChange {
  const evaluationsCount = phases.some(({ schedule }) => schedule.kind === 'plateau');
  return ({ field }, changes) => {
    const free = ['patience', ...(evaluationsCount ? [] : ['evaluations', 'contents.evaluations'])];
    if (free.some((name) => startsWith(field, name))) return true;
    const [, inContents, one] = /^(contents\.)?((?:data|evaluations)\[\d+\])/.exec(field) ?? [];
    if (one === undefined) return false;
    if (inContents) return !changes.some((other) => isPlace(other.field, one) || other.field === one);
    return isPlace(field, one) && !changes.some((other) => startsWith(other.field, `contents.${one}`));
  };
}

/** Says with which changes a run continues. @param file  its configuration */
export function noteChanges(file: string, changes: readonly RunChange[]): void {
  const edited = changes.filter(({ field }) => !startsWith(field, 'contents'));
  if (edited.length > 0)
    note(`${file} was changed since the last checkpoint: ${edited.map(describeChange).join('; ')}`);
  const datasets = new Set(changes.flatMap(({ field }) => /^contents\.(data\[\d+\])/.exec(field)?.[1] ?? []));
  for (const dataset of datasets) {
    const counts = changes.filter(({ field }) => /\.(images|boxes)$/.test(field));
    const own = counts.filter(({ field }) => startsWith(field, `contents.${dataset}`));
    const what = own.map(({ field, was, is }) => `${field.split('.').at(-1)} were ${was}, are ${is}`);
    note(
      `${dataset} of ${file}: pictures or boxes have changed since the last checkpoint${what.length > 0 ? ` (${what.join(', ')})` : ''}; the run goes on with them, in another order than if it had not been stopped`,
    );
  }
  if (changes.some(({ field }) => ranksAnew(field)))
    note('the best weights so far were chosen by the evaluations before this change');
}

/** A sentence about changes with which a run does not continue. */
export function describeRefused(file: string, changes: readonly RunChange[]): string {
  const edited = changes.filter(({ field }) => !startsWith(field, 'contents'));
  const moved = edited.some(({ field }) => PLACE.some((name) => field.endsWith(`].${name}`)));
  const others = moved ? ', which holds other pictures or boxes' : '';
  return (
    `${file} was changed: ${edited.map(describeChange).join('; ')}${others}. The run would not be the one that was begun: ` +
    `set it back, or start a new run: glip train --config ${file}`
  );
}

/** True for a change of the evaluation that chooses the best weights. */
function ranksAnew(field: string): boolean {
  if (startsWith(field, 'contents.evaluations[0]')) return true;
  return startsWith(field, 'evaluations[0]') && !isPlace(field, 'evaluations[0]');
}

function isPlace(field: string, dataset: string): boolean {
  return PLACE.some((name) => field === `${dataset}.${name}`);
}

/** True for a field and what is in it. */
function startsWith(field: string, start: string): boolean {
  return field.startsWith(start) && /^($|[.[])/.test(field.slice(start.length));
}

/** Contents of a part of a dataset. */
export function contentsOf({
  images,
  categories,
}: {
  readonly images: readonly AnnotatedImage[];
  readonly categories: readonly Category[];
}): Contents {
  const hash = createHash('sha256');
  const add = (value: unknown): void => void hash.update(`${JSON.stringify(value)}\n`);
  add(categories);
  for (const { place: _, annotations, ...image } of images) {
    add(image);
    for (const { place: _, ...annotation } of annotations) add(annotation);
  }
  return {
    images: images.length,
    boxes: images.reduce((sum, { annotations }) => sum + annotations.length, 0),
    sha256: hash.digest('hex'),
  };
}

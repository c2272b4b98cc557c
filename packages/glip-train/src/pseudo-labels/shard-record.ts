import type { GroundedImage } from '@glip-wgpu/datasets';
import { DataError } from '../data/data-error.ts';

/** A caption with the boxes that the teacher found for its noun phrases. */
export interface LabeledCaption extends GroundedImage {
  /** Noun phrases that were searched. */
  readonly phrases: number;
  /** The caption is longer than the model's text: phrases behind its end were not searched. */
  readonly cut?: true;
}

/** A pair of picture and caption that cannot be used. */
export interface LeftOutCaption {
  /** Of the picture or the caption, in the dataset. */
  readonly file: string;
  /** Counted from 1; of text formats. */
  readonly line?: number;
  readonly leftOut: string;
}

/** Result for one pair of a shard. */
export type ShardRecord = LabeledCaption | LeftOutCaption;

export function isLeftOut(record: ShardRecord): record is LeftOutCaption {
  return 'leftOut' in record;
}

/** A record as a line of a shard's results. */
export function shardLine(record: ShardRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** The record of a line. @throws DataError for a line that is none, with its place */
export function parseShardLine(line: string, where: string): ShardRecord {
  let record: Partial<LabeledCaption & LeftOutCaption> | null;
  try {
    record = JSON.parse(line);
  } catch (cause) {
    throw new DataError(where, 'is not a line of JSON', { cause });
  }
  if (typeof record?.file === 'string' && typeof record.leftOut === 'string') return record as LeftOutCaption;
  const { file, caption, width, height, phrases, boxes } = record ?? {};
  const numbers = [width, height, phrases].every((value) => Number.isSafeInteger(value));
  const right = typeof file === 'string' && typeof caption === 'string' && numbers && Array.isArray(boxes);
  if (right && boxes.every((one) => isBox(one, caption))) return record as LabeledCaption;
  throw new DataError(where, 'is no result for a caption: expected file, caption, width, height and boxes');
}

function isBox(one: unknown, caption: string): boolean {
  const { box, span, score } = (one ?? {}) as Partial<LabeledCaption['boxes'][number]>;
  const finite = (list: unknown, length: number): boolean =>
    Array.isArray(list) && list.length === length && list.every(Number.isFinite);
  return finite(box, 4) && finite(span, 2) && Number.isFinite(score) && (span?.[1] ?? 0) <= caption.length;
}

/** Counts of results. */
export interface ShardSummary {
  /** Pairs of picture and caption, those that are left out included. */
  readonly pairs: number;
  readonly leftOut: number;
  /** Noun phrases that were searched. */
  readonly phrases: number;
  readonly boxes: number;
  /** Captions without a box. */
  readonly empty: number;
  /** Captions longer than the model's text. */
  readonly cut: number;
}

export const NO_RESULTS: ShardSummary = { pairs: 0, leftOut: 0, phrases: 0, boxes: 0, empty: 0, cut: 0 };

/** Counts with a further record. */
export function withRecord(sum: ShardSummary, record: ShardRecord): ShardSummary {
  if (isLeftOut(record)) return { ...sum, pairs: sum.pairs + 1, leftOut: sum.leftOut + 1 };
  const { phrases, boxes, cut } = record;
  return {
    pairs: sum.pairs + 1,
    leftOut: sum.leftOut,
    phrases: sum.phrases + phrases,
    boxes: sum.boxes + boxes.length,
    empty: sum.empty + (boxes.length === 0 ? 1 : 0),
    cut: sum.cut + (cut ? 1 : 0),
  };
}

/** Sums of counts, for example of the shards of a dataset. */
export function addSummaries(a: ShardSummary, b: ShardSummary): ShardSummary {
  return {
    pairs: a.pairs + b.pairs,
    leftOut: a.leftOut + b.leftOut,
    phrases: a.phrases + b.phrases,
    boxes: a.boxes + b.boxes,
    empty: a.empty + b.empty,
    cut: a.cut + b.cut,
  };
}

import { type ImageSize, targetSize } from '@glip-wgpu/glip-core';

/** Sizes of a model's input. */
export interface SizeRules {
  /** Lengths of the shorter side, pixels; one is drawn for each step. */
  readonly sizes: readonly number[];
  /** Limit of the longer side, pixels. */
  readonly maxSize: number;
  /** Height and width are padded to a multiple of this; 0 for none. */
  readonly divisibility: number;
  /** Maximum number of padded shapes for each of `sizes`. */
  readonly maxShapes: number;
}

/** Images that are padded to one shape. */
export interface SizeBucket {
  /** Padded shape for each of `SizeRules.sizes`. */
  readonly shapes: readonly ImageSize[];
}

interface Group {
  readonly height: number;
  readonly width: number;
  readonly count: number;
  /** Original sizes, as keys. */
  readonly members: readonly string[];
}

const FREE = 0.01; // shapes are merged where the padding grows by less than this share

/**
 * Groups images by shape, so that few shapes occur and little is padded: shapes are merged, the cheapest pair first, until
 * there are at most `maxShapes` and merging costs more than a hundredth of all pixels.
 *
 * @param counts  number of images by original size, `HEIGHTxWIDTH`
 * @returns       buckets, largest group first, and the bucket of each original size
 */
export function sizeBuckets(
  counts: ReadonlyMap<string, number>,
  rules: SizeRules,
): { buckets: readonly SizeBucket[]; bucketOf: ReadonlyMap<string, number> } {
  const largest = Math.max(...rules.sizes);
  const groups = new Map<string, Group>();
  for (const [key, count] of counts) {
    const [height, width] = paddedSize(sizeOf(key), largest, rules);
    const shape = sizeKey(height, width);
    const known = groups.get(shape);
    const members = [...(known?.members ?? []), key];
    groups.set(shape, { height, width, count: (known?.count ?? 0) + count, members });
  }
  const merged = mergeGroups([...groups.values()], rules.maxShapes);
  merged.sort((a, b) => b.count - a.count || a.height - b.height || a.width - b.width);
  const bucketOf = new Map(merged.flatMap(({ members }, i) => members.map((key) => [key, i] as const)));
  const buckets = merged.map(({ members }) => ({
    shapes: rules.sizes.map((size): ImageSize => {
      const padded = members.map((key) => paddedSize(sizeOf(key), size, rules));
      return [
        padded.reduce((most, [height]) => Math.max(most, height), 0),
        padded.reduce((most, [, width]) => Math.max(most, width), 0),
      ];
    }),
  }));
  return { buckets, bucketOf };
}

export const sizeKey = (height: number, width: number): string => `${height}x${width}`;

function sizeOf(key: string): ImageSize {
  const [height, width] = key.split('x').map(Number);
  return [height, width];
}

function paddedSize(size: ImageSize, minSize: number, { maxSize, divisibility }: SizeRules): ImageSize {
  const padded = (side: number): number =>
    divisibility > 0 ? Math.ceil(side / divisibility) * divisibility : side;
  const [height, width] = targetSize(size, minSize, maxSize);
  return [padded(height), padded(width)];
}

function mergeGroups(groups: readonly Group[], maxShapes: number): Group[] {
  let list = reduceByRank([...groups]);
  const total = list.reduce((sum, { height, width, count }) => sum + height * width * count, 0);
  while (list.length > 1) {
    let best = { cost: Number.POSITIVE_INFINITY, pair: [0, 1] };
    for (let i = 0; i < list.length; i++) {
      for (let j = i + 1; j < list.length; j++) {
        const cost = costOf(list[i], list[j]);
        if (cost < best.cost) best = { cost, pair: [i, j] };
      }
    }
    if (list.length <= maxShapes && best.cost > FREE * total) break;
    const [i, j] = best.pair;
    list = [...list.filter((_, k) => k !== i && k !== j), union(list[i], list[j])];
  }
  return list;
}

const MAX_GROUPS = 64; // comparing all pairs takes cubic time

/** With very many shapes, neighbors by aspect ratio are merged first. */
function reduceByRank(groups: Group[]): Group[] {
  if (groups.length <= MAX_GROUPS) return groups;
  groups.sort((a, b) => a.height / a.width - b.height / b.width || a.height - b.height);
  const size = Math.ceil(groups.length / MAX_GROUPS);
  return Array.from({ length: Math.ceil(groups.length / size) }, (_, i) =>
    groups.slice(i * size, (i + 1) * size).reduce(union),
  );
}

function union(a: Group, b: Group): Group {
  return {
    height: Math.max(a.height, b.height),
    width: Math.max(a.width, b.width),
    count: a.count + b.count,
    members: [...a.members, ...b.members],
  };
}

/** Pixels that merging adds. */
function costOf(a: Group, b: Group): number {
  const area = Math.max(a.height, b.height) * Math.max(a.width, b.width);
  return area * (a.count + b.count) - a.height * a.width * a.count - b.height * b.width * b.count;
}

/**
 * IoU thresholds 0.50 to 0.95 as `numpy.linspace` makes them: the ninth is 0.8999999999999999, not 0.9, and boxes that
 * overlap by exactly that much match.
 */
export const IOU_THRESHOLDS: readonly number[] = Array.from({ length: 10 }, (_, i) =>
  i === 9 ? 0.95 : 0.5 + i * ((0.95 - 0.5) / 9),
);

/** Recall levels 0 to 1 as `numpy.linspace` makes them: `j * 0.01`, which differs from `j / 100` at ten levels. */
export const RECALL_LEVELS: readonly number[] = Array.from({ length: 101 }, (_, j) =>
  j === 100 ? 1 : j * 0.01,
);

/** Names of object sizes. */
export type AreaRange = 'all' | 'small' | 'medium' | 'large';

/** Areas in square pixels, both ends included. */
export const AREA_RANGES: readonly {
  readonly name: AreaRange;
  readonly min: number;
  readonly max: number;
}[] = [
  { name: 'all', min: 0, max: 1e10 },
  { name: 'small', min: 0, max: 32 ** 2 },
  { name: 'medium', min: 32 ** 2, max: 96 ** 2 },
  { name: 'large', min: 96 ** 2, max: 1e10 },
];

/** Detections of each image and category that count, best first. */
export const MAX_DETECTIONS: readonly number[] = [1, 10, 100];

import { type CocoObject, markDetections } from '@glip-wgpu/detection-metrics';
import type { Row } from '../compare.ts';
import { compareValues } from './rows.ts';

/** Matches of one image and category, by ids; 0 for none. */
export interface ExpectedMatches {
  readonly image_id: number | string;
  readonly category_id: number | string;
  readonly dt_ids: readonly number[];
  readonly gt_ids: readonly number[];
  readonly gt_ignore: readonly number[];
  readonly dt_match_iou50: readonly number[];
  readonly dt_ignore_iou50: readonly number[];
  readonly dt_match_iou75?: readonly number[];
  readonly gt_match_iou50?: readonly number[];
}

interface Entry {
  readonly image_id: number | string;
  readonly category_id: number | string;
  readonly bbox: readonly number[];
}
interface Annotation extends Entry, Omit<CocoObject, 'category_id' | 'bbox' | 'id'> {
  readonly id: number;
  readonly ignore?: number;
}
interface Found extends Entry {
  readonly score: number;
}

/** Settings in which LVIS differs from COCO. */
export interface LvisRules {
  /** Detections of an image that count. */
  readonly maxDetections: number;
  readonly notExhaustive: (image: number | string, category: number | string) => boolean;
}

const MAX_AREA = 1e10; // of the size "all"

/** Rows for the recorded matches of a case: which detection takes which object, and what is ignored. */
export function checkMatches(
  name: string,
  { annotations = [] }: { readonly annotations?: readonly object[] | undefined },
  detections: readonly object[],
  expected: readonly ExpectedMatches[],
  lvis?: LvisRules,
): Row[] {
  const given = annotations as readonly Annotation[];
  const standing = new Map(given.map((one) => [one.id, one]));
  const truth = given.map((one) => standing.get(one.id) ?? one);
  const numbered = lvis ? byImage(detections as Found[], lvis.maxDetections) : (detections as Found[]);
  return expected.map((matches) => {
    const { image_id, category_id } = matches;
    const own = (one: Entry): boolean => one.image_id === image_id && one.category_id === category_id;
    const ignored = ({ area = 0, ignore, iscrowd }: Annotation): boolean =>
      Boolean(lvis ? ignore : iscrowd) || area < 0 || area > MAX_AREA;
    const objects = truth.filter((one) => own(one) && !(lvis && (one.area ?? 0) <= 0));
    const found = numbered
      .map((one, i) => ({ ...one, id: i + 1 }))
      .filter((one) => own(one) && !(lvis && areaOf(one) <= 0))
      .sort((a, b) => b.score - a.score)
      .slice(0, lvis ? undefined : 100);
    const plain = objects.map((one) => ({
      ...one,
      iscrowd: lvis ? 0 : (one.iscrowd ?? 0),
      difficult: ignored(one),
    }));
    const marksAt = (iou: number) =>
      markDetections(plain, found, { iou, maxDetections: Number.POSITIVE_INFINITY });
    const [half, strict] = [marksAt(0.5), marksAt(0.75)];
    const idOf = (match: number): number => (match < 0 ? 0 : objects[match].id);
    const unjudged = lvis?.notExhaustive(image_id, category_id) ?? false;
    const places = [...objects.keys()];
    const order = [
      ...places.filter((g) => !ignored(objects[g])),
      ...places.filter((g) => ignored(objects[g])),
    ];
    const actual: ExpectedMatches = {
      image_id,
      category_id,
      dt_ids: found.map(({ id }) => id),
      gt_ids: order.map((g) => objects[g].id),
      gt_ignore: order.map((g) => Number(ignored(objects[g]))),
      dt_match_iou50: half.matches.map(idOf),
      dt_ignore_iou50: half.matches.map((match, d) => {
        const outside = areaOf(found[d]) < 0 || areaOf(found[d]) > MAX_AREA;
        const alone = idOf(match) === 0 && (unjudged || outside);
        return Number(half.detections[d] === 'ignored' || alone);
      }),
      dt_match_iou75: strict.matches.map(idOf),
      gt_match_iou50: order.map((g) => found[half.matches.lastIndexOf(g)]?.id ?? 0),
    };
    const recorded = Object.fromEntries(
      Object.keys(matches).map((key) => [key, actual[key as keyof ExpectedMatches]]),
    );
    return compareValues(`${name} matches of ${category_id} in ${image_id}`, recorded, matches);
  });
}

function areaOf({ bbox }: Entry): number {
  return bbox[2] * bbox[3];
}

/** Detections as lvis-api numbers them: the best of image after image, in the order in which images first appear. */
function byImage(detections: readonly Found[], limit: number): readonly Found[] {
  const images = new Set(detections.map(({ image_id }) => image_id));
  return [...images].flatMap((id) => {
    const own = detections.filter(({ image_id }) => image_id === id);
    return own.length > limit ? own.sort((a, b) => b.score - a.score).slice(0, limit) : own;
  });
}

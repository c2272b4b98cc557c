import type { AnnotatedImage, Edges, LabeledBox } from '@glip-wgpu/datasets';
import { markDetections } from '@glip-wgpu/detection-metrics';
import type { EvaluatedImage } from '@glip-wgpu/glip-train';

/** Truth and detections of an image by name, for pictures and curves. */
export interface ShownBoxes {
  readonly truth: readonly { readonly label: string; readonly box: Edges; readonly crowd?: boolean }[];
  readonly found: readonly LabeledBox[];
  /** Text that the boxes belong to. */
  readonly caption?: string;
}

const MAX_KEPT = 100; // of an image

/** An image with its detections marked right or wrong at IoU 0.5; the 100 best are kept. */
export function markedImage(path: string, { truth, found, caption }: ShownBoxes): EvaluatedImage {
  const labels = [...new Set([...truth, ...found].map(({ label }) => label))];
  const ids = new Map(labels.map((label, i) => [label, i + 1]));
  const idOf = (label: string): number => ids.get(label) ?? 0;
  const marks = markDetections(
    truth.map(({ label, box: [x1, y1, x2, y2], crowd = false }) => ({
      ...{ category_id: idOf(label), bbox: [x1, y1, x2 - x1, y2 - y1], iscrowd: crowd },
    })),
    found.map(({ label, box: [x1, y1, x2, y2], score }) => ({
      ...{ category_id: idOf(label), bbox: [x1, y1, x2 - x1 + 1, y2 - y1 + 1], score },
    })),
  );
  const place = { file: path };
  const image: AnnotatedImage = {
    ...{ path, width: 0, height: 0, place, ...(caption !== undefined && { caption }) },
    annotations: truth.map(({ label, box, crowd = false }) => ({
      ...{ category: label, box, spans: [], crowd, difficult: false, place },
    })),
  };
  const detections = found.map((one, i) => ({ ...one, mark: marks.detections[i] }));
  detections.sort((a, b) => b.score - a.score);
  return { image, detections: detections.slice(0, MAX_KEPT), found: marks.found };
}

/** An image with the boxes of one name. */
export function onlyOf(label: string, { image, detections }: EvaluatedImage): EvaluatedImage {
  const annotations = image.annotations.filter(({ category }) => category === label);
  const own = detections.filter((one) => one.label === label);
  return { image: { ...image, annotations }, detections: own, found: [] };
}

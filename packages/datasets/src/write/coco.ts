import {
  checkImages,
  type DatasetLabel,
  edgesOf,
  type LabeledImage,
  numberLabels,
  numberOf,
  pixels,
} from './labeled-image.ts';

/** A dataset in the format of COCO's object detection. https://cocodataset.org/#format-data */
export interface CocoDataset {
  readonly info: { readonly description: string };
  readonly licenses: readonly never[];
  readonly images: readonly {
    readonly id: number;
    readonly file_name: string;
    readonly width: number;
    readonly height: number;
  }[];
  readonly annotations: readonly {
    readonly id: number;
    readonly image_id: number;
    readonly category_id: number;
    /** `[x, y, width, height]`, pixels from the top left corner. */
    readonly bbox: readonly [number, number, number, number];
    readonly area: number;
    readonly segmentation: readonly never[];
    readonly iscrowd: 0;
    /** Part of COCO's result format, not of its annotations. */
    readonly score: number;
  }[];
  readonly categories: readonly {
    readonly id: number;
    readonly name: string;
    readonly supercategory: string;
  }[];
}

/**
 * Detections as a COCO dataset. Ids of images, annotations and categories count from 1, in the order given; labels may
 * have their own ids.
 *
 * @throws ExportError for invalid images or labels
 */
export function toCoco(images: readonly LabeledImage[], labels: readonly DatasetLabel[]): CocoDataset {
  checkImages(images);
  const numbers = numberLabels(labels, 1);
  const boxes = images.flatMap((image, i) =>
    image.detections.map((detection) => {
      const [x1, y1, x2, y2] = edgesOf(detection.box, image).map(pixels);
      const [width, height] = [pixels(x2 - x1), pixels(y2 - y1)];
      return {
        image_id: i + 1,
        category_id: numberOf(numbers, detection.label),
        bbox: [x1, y1, width, height] as const,
        area: pixels(width * height),
        segmentation: [],
        iscrowd: 0 as const,
        score: detection.score,
      };
    }),
  );
  return {
    info: { description: 'Labeled by GLIP on WebGPU' },
    licenses: [],
    images: images.map(({ file, width, height }, i) => ({ id: i + 1, file_name: file, width, height })),
    annotations: boxes.map((box, i) => ({ id: i + 1, ...box })),
    categories: [...numbers].map(([name, id]) => ({ id, name, supercategory: '' })),
  };
}

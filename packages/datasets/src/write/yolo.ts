import {
  checkImages,
  type DatasetLabel,
  type ExportedFile,
  edgesOf,
  type LabeledImage,
  numberLabels,
  numberOf,
  pathsBeside,
} from './labeled-image.ts';

export interface YoloOptions {
  /** Write the score as a sixth number, as in predictions. */
  readonly scores?: boolean | undefined;
  /** Folder below `images/` of the training pictures; default: all. */
  readonly train?: string | undefined;
  /** Folder below `images/` of the validation pictures; default: all. */
  readonly val?: string | undefined;
}

/**
 * Detections as files of the YOLO formats: `data.yaml`, and for each image a text file with a line `class x y width height`
 * for each box: its center and size, as fractions of the image, 0 to 1. Classes count from 0; labels may have their own
 * numbers. Images belong in `images/`, beside `data.yaml`, and label files at `yoloLabelPath`; an image without detections
 * has an empty file. https://docs.ultralytics.com/datasets/detect/
 *
 * @throws ExportError for invalid images or labels
 */
export function toYolo(
  images: readonly LabeledImage[],
  labels: readonly DatasetLabel[],
  { scores = false, train, val }: YoloOptions = {},
): ExportedFile[] {
  checkImages(images);
  const numbers = numberLabels(labels, 0);
  const paths = pathsBeside(images, yoloLabelPath);
  const files = images.map((image, i): ExportedFile => {
    const { width, height } = image;
    const lines = image.detections.map(({ label, box, score }) => {
      const [x1, y1, x2, y2] = edgesOf(box, image);
      const parts = [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height];
      const shares = [...parts, ...(scores ? [score] : [])].map((part) => part.toFixed(6));
      return `${numberOf(numbers, label)} ${shares.join(' ')}\n`;
    });
    return { path: paths[i], text: lines.join('') };
  });
  const names = [...numbers].map(([name, number]) => `  ${number}: ${quoted(name)}\n`);
  const folder = (part: string | undefined): string => (part === undefined ? 'images' : `images/${part}`);
  const data = `train: ${folder(train)}\nval: ${folder(val)}\nnames:\n${names.join('')}`;
  return [{ path: 'data.yaml', text: data }, ...files];
}

/**
 * The label file of an image `images/FILE`, by YOLO's rule: the path's last folder `images` becomes `labels`.
 *
 * @param file  path inside `images/`, without its extension
 */
export function yoloLabelPath(file: string): string {
  const path = `images/${file}`;
  const at = `/${path}`.lastIndexOf('/images/');
  return `${path.slice(0, at)}labels${path.slice(at + 'images'.length)}.txt`;
}

/** A text of JSON is one of YAML, but for characters that YAML must not hold as they are or reads as line ends. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

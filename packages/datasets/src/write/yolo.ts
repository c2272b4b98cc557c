import {
  checkImages,
  type ExportedFile,
  edgesOf,
  indexLabels,
  type LabeledImage,
  pathsBeside,
} from './labeled-image.ts';

/**
 * Detections as files of the YOLO formats: `data.yaml`, and `labels/NAME.txt` with a line `class x y width height` for
 * each box: its centre and its size, in parts of the image, 0 to 1. Classes count from 0. Images belong into `images/`,
 * beside `data.yaml`;
 * one without detections has an empty file. https://docs.ultralytics.com/datasets/detect/
 *
 * @throws ExportError for images or labels that do not fit
 */
export function toYolo(
  images: readonly LabeledImage[],
  labels: readonly string[],
  {
    scores = false,
  }: { /** Write the score as a sixth number, as predictions have it. */ readonly scores?: boolean } = {},
): ExportedFile[] {
  checkImages(images);
  const indexOf = indexLabels(labels);
  const paths = pathsBeside(images, 'labels', '.txt');
  const files = images.map((image, i): ExportedFile => {
    const { width, height } = image;
    const lines = image.detections.map(({ label, box, score }) => {
      const [x1, y1, x2, y2] = edgesOf(box, image);
      const parts = [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height];
      return [indexOf(label), ...[...parts, ...(scores ? [score] : [])].map((part) => part.toFixed(6))].join(
        ' ',
      );
    });
    return { path: paths[i], text: lines.map((line) => `${line}\n`).join('') };
  });
  const names = labels.map((label, i) => `  ${i}: ${JSON.stringify(label)}\n`); // JSON's texts are YAML's
  return [{ path: 'data.yaml', text: `train: images\nval: images\nnames:\n${names.join('')}` }, ...files];
}

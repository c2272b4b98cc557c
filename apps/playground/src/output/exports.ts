import {
  type LabeledImage,
  labelStudioConfig,
  toCoco,
  toCsv,
  toLabelStudio,
  toPascalVoc,
  toYolo,
} from '@glip-wgpu/datasets';
import { strToU8, zipSync } from 'fflate';

/** Formats for boxes of one or several pictures. */
export const FORMATS = ['json', 'coco', 'yolo', 'voc', 'csv', 'label-studio'] as const;
export type Format = (typeof FORMATS)[number];

export interface ExportFile {
  readonly name: string;
  readonly type: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

/**
 * Boxes as a file; several files, as YOLO and Pascal VOC need, as a zip archive.
 *
 * @param labels  all that were searched for: their places are the categories' numbers
 * @throws ExportError
 */
export function exported(
  format: Format,
  images: readonly LabeledImage[],
  labels: readonly string[],
): ExportFile {
  const own = withDistinctNames(images);
  switch (format) {
    case 'json':
      return json('detections.json', own.length === 1 ? plain(own[0]) : own.map(plain));
    case 'coco':
      return json('annotations.json', toCoco(own, labels));
    case 'csv':
      return { name: 'labels.csv', type: 'text/csv', content: toCsv(own) };
    case 'yolo':
      return zip('yolo.zip', toYolo(own, labels));
    case 'voc':
      return zip('pascal-voc.zip', toPascalVoc(own));
    case 'label-studio':
      return zip('label-studio.zip', [
        { path: 'tasks.json', text: JSON.stringify(toLabelStudio(own), null, 1) },
        { path: 'labeling-config.xml', text: labelStudioConfig(labels) },
      ]);
  }
}

/** As `glip detect --json` prints it. */
function plain({ file, width, height, detections }: LabeledImage) {
  const boxes = detections.map(({ label, box, score }) => ({ label, box, score }));
  return { image: { path: file, width, height }, detections: boxes };
}

function json(name: string, data: unknown): ExportFile {
  return { name, type: 'application/json', content: `${JSON.stringify(data, null, 1)}\n` };
}

function zip(name: string, files: readonly { readonly path: string; readonly text: string }[]): ExportFile {
  const entries = Object.fromEntries(files.map(({ path, text }) => [path, strToU8(text)]));
  return { name, type: 'application/zip', content: zipSync(entries) as Uint8Array<ArrayBuffer> };
}

/** Files with names that are paths inside of a dataset, each once also without its ending. */
function withDistinctNames(images: readonly LabeledImage[]): LabeledImage[] {
  const taken = new Set<string>();
  return images.map((image) => {
    const [, stem, ending] = /^(.*?)(\.[^.]*)?$/s.exec(safeName(image.file)) ?? [];
    let file = stem;
    for (let i = 2; taken.has(file.toLowerCase()); i++) file = `${stem}-${i}`;
    taken.add(file.toLowerCase());
    return { ...image, file: `${file}${ending ?? ''}` };
  });
}

/** A file name without folders, control characters and what systems forbid. */
export function safeName(name: string): string {
  const plain = name.replaceAll(/[\p{Cc}\p{Cf}\\/:*?"<>|]/gu, '_').replace(/^[.\s]+|[.\s]+$/g, '');
  return plain.slice(0, 120) || 'picture';
}

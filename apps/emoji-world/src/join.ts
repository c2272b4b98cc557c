import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Drawings } from './drawings.ts';
import { HELD_OUT_PAIRS, NOUNS } from './nouns.ts';
import { type Part, readPart, writeBeside } from './parts.ts';
import type { SceneRecord } from './record.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';

/** A file of annotations and its pictures. */
export interface Split {
  /** Name of the JSON file, and of the tar archive or folder. */
  readonly name: 'train' | 'val' | 'zeroshot';
  readonly parts: readonly Part[];
}

export interface SplitContext {
  readonly out: string;
  /** Folder of the parts. */
  readonly partsFolder: string;
  readonly seed: number;
  readonly styles: readonly string[];
  readonly drawings: Drawings;
}

const fileName = (id: number) => `${String(id).padStart(6, '0')}.jpg`;

/** Joins a split's parts: pictures of `train` into a tar archive with its index, others into a folder; then the JSON. */
export async function joinSplit({ name, parts }: Split, context: SplitContext): Promise<void> {
  const { out, partsFolder } = context;
  const pictures = name === 'train' ? await tarWriter(out, name) : await folderWriter(out, name);
  const records: SceneRecord[] = [];
  try {
    for (const part of parts) {
      for (const { jpeg, record } of await readPart(partsFolder, part)) {
        records.push(record);
        await pictures.add(fileName(records.length), jpeg);
      }
    }
    await pictures.finish();
  } finally {
    await pictures.close();
  }
  await writeBeside(join(out, `${name}.json`), JSON.stringify(cocoOf(name, records, context)));
}

interface PictureWriter {
  add(file: string, jpeg: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  close(): Promise<void>;
}

async function tarWriter(out: string, name: string): Promise<PictureWriter> {
  const path = join(out, `${name}.tar`);
  const handle = await open(`${path}.partial`, 'w');
  const index: Record<string, [offset: number, length: number]> = {};
  let offset = 0;
  return {
    async add(file, jpeg) {
      const header = tarHeader(`${name}/${file}`, jpeg.length);
      const padding = tarPadding(jpeg.length);
      index[file] = [offset + header.length, jpeg.length];
      offset += header.length + jpeg.length + padding.length;
      await handle.writeFile(Buffer.concat([header, jpeg, padding]));
    },
    async finish() {
      await handle.writeFile(TAR_END);
      await handle.sync();
      await rename(`${path}.partial`, path);
      await writeBeside(join(out, `${name}.index.json`), JSON.stringify(index));
    },
    close: () => handle.close(),
  };
}

async function folderWriter(out: string, name: string): Promise<PictureWriter> {
  const folder = join(out, name);
  const beside = `${folder}.partial`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside);
  return {
    add: (file, jpeg) => writeFile(join(beside, file), jpeg),
    async finish() {
      await rm(folder, { recursive: true, force: true });
      await rename(beside, folder);
    },
    async close() {},
  };
}

/** COCO's format, with captions as MDETR has them. */
function cocoOf(
  name: string,
  records: readonly SceneRecord[],
  { seed, styles, drawings }: SplitContext,
): object {
  let annotation = 0;
  return {
    info: {
      description: `Emoji World ${name}`,
      seed,
      bbox: 'x, y, width, height in pixels; caption spans: [start, end) characters',
      held_out_combinations: HELD_OUT_PAIRS,
    },
    images: records.map(({ image }, i) => ({ id: i + 1, file_name: fileName(i + 1), ...image })),
    annotations: records.flatMap(({ annotations }, i) =>
      annotations.map((one) => ({ id: ++annotation, image_id: i + 1, ...one })),
    ),
    categories: NOUNS.map(({ name: noun, hexcode, heldOut }, i) => ({
      id: i + 1,
      name: noun,
      hexcode,
      tintable: heldOut !== undefined,
      train_renderers: styles.filter((style) => drawings.index[style]?.[noun] !== undefined),
    })),
  };
}

import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeScene, type SceneRecord } from './record.ts';
import type { Subset, World } from './scene.ts';

/** Scenes [begin, end) of a subset: what is made, written and resumed at once. */
export interface Part {
  readonly subset: Subset;
  readonly begin: number;
  readonly end: number;
}

const SCENES = 200;

/** Parts of the first `count` scenes of a subset. */
export function partsOf(subset: Subset, count: number): Part[] {
  return Array.from({ length: Math.ceil(count / SCENES) }, (_, i) => ({
    subset,
    begin: i * SCENES,
    end: Math.min((i + 1) * SCENES, count),
  }));
}

/** Path of a part without ending; its pictures are in `.jpegs`, one behind the other, all else in `.json`. */
const pathOf = (folder: string, { subset, begin, end }: Part) => join(folder, `${subset}-${begin}-${end}`);

interface PartContent {
  readonly records: readonly SceneRecord[];
  /** Lengths of the pictures. */
  readonly lengths: readonly number[];
}

/** True if a part is complete. */
export const hasPart = (folder: string, part: Part): boolean => existsSync(`${pathOf(folder, part)}.json`);

/** Makes a part's scenes and writes them beside their place; the JSON, moved last, says that the part is complete. */
export async function makePart(world: World, folder: string, part: Part): Promise<void> {
  const records: SceneRecord[] = [];
  const pictures: Uint8Array[] = [];
  for (let index = part.begin; index < part.end; index++) {
    const { jpeg, record } = await encodeScene(world, part.subset, index);
    records.push(record);
    pictures.push(jpeg);
  }
  await mkdir(folder, { recursive: true });
  const content: PartContent = { records, lengths: pictures.map(({ length }) => length) };
  await writeBeside(`${pathOf(folder, part)}.jpegs`, Buffer.concat(pictures));
  await writeBeside(`${pathOf(folder, part)}.json`, JSON.stringify(content));
}

/** Scenes of a part, in order. */
export async function readPart(
  folder: string,
  part: Part,
): Promise<{ jpeg: Uint8Array; record: SceneRecord }[]> {
  const { records, lengths }: PartContent = JSON.parse(
    await readFile(`${pathOf(folder, part)}.json`, 'utf8'),
  );
  const bytes = await readFile(`${pathOf(folder, part)}.jpegs`);
  let end = 0;
  return records.map((record, i) => {
    const begin = end;
    end += lengths[i];
    return { jpeg: bytes.subarray(begin, end), record };
  });
}

/** Writes a file under another name and moves it, so that it is never seen unfinished. */
export async function writeBeside(path: string, content: Uint8Array | string): Promise<void> {
  const beside = `${path}.partial`;
  await writeFile(beside, content, { flush: true });
  await rename(beside, path);
}

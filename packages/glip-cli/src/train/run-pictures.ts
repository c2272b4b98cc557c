import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import type { TrainingBatch } from '@glip-wgpu/glip-train';
import { writeWhole } from '../outputs/whole-file.ts';
import { batchPicture } from './batch-picture.ts';
import {
  type CaptionedPicture,
  missesSheet,
  type ReadPicture,
  type ValidatedImage,
  validationSheet,
} from './validation-pictures.ts';

const MAX_BATCHES = 3;
const FOLDER = 'pictures';
const VALIDATION = /^validation-(\d+)\.jpg$/;

/** A picture of a run's folder. */
export interface RunPicture extends CaptionedPicture {
  /** In the run's folder, with forward slashes. */
  readonly path: string;
}

/** Pictures of a run's batches and evaluations, in `pictures/` of its folder. */
export class RunPictures {
  readonly #folder: string;
  readonly #labels: readonly string[];
  readonly #batches: RunPicture[] = [];
  #drawsBatches = true;
  #validation: RunPicture | undefined;
  #misses: RunPicture | undefined;

  private constructor(folder: string, labels: readonly string[]) {
    this.#folder = folder;
    this.#labels = labels;
  }

  /** @param step  steps that the run has taken; with some, the pictures that it has drawn are read */
  static async open(folder: string, labels: readonly string[], step: number): Promise<RunPictures> {
    const pictures = new RunPictures(folder, labels);
    if (step > 0) await pictures.#readDrawn(step);
    return pictures;
  }

  /** The newest of each kind, for the report. */
  get all(): readonly RunPicture[] {
    return [this.#validation, this.#misses, ...this.#batches].filter((picture) => picture !== undefined);
  }

  /** Draws the first three batches of a new run. */
  async addBatch({ parts }: TrainingBatch, image: GlipConfig['image']): Promise<void> {
    const number = this.#batches.length + 1;
    if (!this.#drawsBatches || number > MAX_BATCHES) return;
    const picture = await batchPicture(batchTitle(number), parts, image, this.#labels);
    this.#batches.push(await this.#write(batchName(number), picture));
  }

  async addValidation(step: number, images: readonly ValidatedImage[], read: ReadPicture): Promise<void> {
    const validation = await validationSheet(step, images, read, this.#labels);
    if (validation) this.#validation = await this.#write(`validation-${step}.jpg`, validation);
    const misses = await missesSheet(step, images, read, this.#labels);
    this.#misses = misses && (await this.#write('misses.jpg', misses));
    if (!misses) await rm(join(this.#folder, FOLDER, 'misses.jpg'), { force: true });
  }

  async #write(name: string, picture: CaptionedPicture): Promise<RunPicture> {
    await writeWhole(join(this.#folder, FOLDER, name), picture.jpeg);
    return { ...picture, path: `${FOLDER}/${name}` };
  }

  async #readDrawn(step: number): Promise<void> {
    this.#drawsBatches = false;
    const names = await readdir(join(this.#folder, FOLDER)).catch((): string[] => []);
    const read = async (name: string, caption: string): Promise<RunPicture | undefined> => {
      if (!names.includes(name)) return undefined;
      const jpeg = await readFile(join(this.#folder, FOLDER, name)).catch(() => undefined);
      return jpeg && { jpeg, caption, path: `${FOLDER}/${name}` };
    };
    for (let number = 1; number <= MAX_BATCHES; number++) {
      const batch = await read(batchName(number), batchTitle(number));
      if (batch) this.#batches.push(batch);
    }
    const steps = names.flatMap((name) => VALIDATION.exec(name)?.[1] ?? []).map(Number);
    const last = Math.max(...steps.filter((one) => one <= step));
    this.#validation = await read(`validation-${last}.jpg`, `Validation at step ${last}`);
    this.#misses = await read('misses.jpg', 'Worst mistakes of the last evaluation');
  }
}

function batchName(number: number): string {
  return `batch-${number}.jpg`;
}

function batchTitle(number: number): string {
  return `Batch ${number} as the model sees it`;
}

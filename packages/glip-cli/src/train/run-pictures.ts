import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import type { TrainingBatch } from '@glip-wgpu/glip-train';
import { preview } from '../outputs/preview.ts';
import { writeWhole } from '../outputs/whole-file.ts';
import { batchPicture } from './batch-picture.ts';
import {
  type CaptionedPicture,
  missesSheet,
  type ReadPicture,
  type Validation,
  validationSheet,
} from './validation-pictures.ts';

const MAX_BATCHES = 3;
const FOLDER = 'pictures';
const VALIDATION = /^validation-(\d+)\.jpg$/;
const KEPT = 3; // of the last evaluations

// Of a report: three batches and two sheets, base64 and charts together stay below 1.5 MB.
const BATCH_BYTES = 100_000;
const SHEET_BYTES = 300_000;

/** A picture of a run's folder. */
export interface RunPicture {
  /** In the run's folder, with forward slashes. */
  readonly path: string;
  readonly caption: string;
  /** A smaller one, for the report. */
  readonly webp: Uint8Array;
}

/** Pictures of a run's batches and evaluations, in `pictures/` of its folder. */
export class RunPictures {
  readonly #folder: string;
  readonly #labels: readonly string[];
  readonly #batches: RunPicture[] = [];
  #drawsBatches = true;
  #validation: RunPicture | undefined;
  #misses: RunPicture | undefined;
  /** Steps of the evaluations whose pictures are in the folder, ascending. */
  #validations: readonly number[] = [];

  private constructor(folder: string, labels: readonly string[]) {
    this.#folder = folder;
    this.#labels = labels;
  }

  /** @param step  steps that the run has taken; with some, the pictures that it has drawn are read */
  static async open(folder: string, labels: readonly string[], step: number): Promise<RunPictures> {
    const pictures = new RunPictures(folder, labels);
    await pictures.#readDrawn(step);
    return pictures;
  }

  /** The newest of each kind, for the report. */
  get all(): readonly RunPicture[] {
    return [this.#validation, this.#misses, ...this.#batches].filter((picture) => picture !== undefined);
  }

  /** Paths of the validation pictures before the newest, by step. */
  get earlier(): ReadonlyMap<number, string> {
    return new Map(this.#validations.slice(0, -1).map((step) => [step, `${FOLDER}/${validationName(step)}`]));
  }

  /** Draws the first three batches of a new run. */
  async addBatch({ parts }: TrainingBatch, image: GlipConfig['image']): Promise<void> {
    const number = this.#batches.length + 1;
    if (!this.#drawsBatches || number > MAX_BATCHES) return;
    const picture = await batchPicture(batchTitle(number), parts, image, this.#labels);
    this.#batches.push(await this.#write(batchName(number), picture, BATCH_BYTES));
  }

  async addValidation(validation: Validation, read: ReadPicture): Promise<void> {
    const { step } = validation;
    const sheet = await validationSheet(validation, read, this.#labels);
    if (sheet) {
      this.#validation = await this.#write(validationName(step), sheet, SHEET_BYTES);
      this.#validations = [...this.#validations.filter((other) => other < step), step];
    }
    const misses = await missesSheet(validation, read, this.#labels);
    this.#misses = misses && (await this.#write('misses.jpg', misses, SHEET_BYTES));
    if (!misses) await this.#remove('misses.jpg');
  }

  /** Removes validation pictures but those of the first, the best and the last evaluations. @param best  its step */
  async removeOld(best: number | undefined): Promise<void> {
    const last = this.#validations.length - KEPT;
    const kept = this.#validations.filter((step, i) => i === 0 || i >= last || step === best);
    for (const step of this.#validations) if (!kept.includes(step)) await this.#remove(validationName(step));
    this.#validations = kept;
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.#folder, FOLDER, name), { force: true });
  }

  async #write(name: string, { jpeg, caption }: CaptionedPicture, maxBytes: number): Promise<RunPicture> {
    await writeWhole(join(this.#folder, FOLDER, name), jpeg);
    return { path: `${FOLDER}/${name}`, caption, webp: await preview(jpeg, maxBytes) };
  }

  /** Reads what the run has drawn until a step, and removes what it will draw again. */
  async #readDrawn(step: number): Promise<void> {
    this.#drawsBatches = step === 0;
    const names = await readdir(join(this.#folder, FOLDER)).catch((): string[] => []);
    const steps = names.flatMap((name) => VALIDATION.exec(name)?.[1] ?? []).map(Number);
    for (const lost of steps.filter((one) => one > step || step === 0))
      await this.#remove(validationName(lost));
    if (step === 0) return;
    const read = async (name: string, caption: string, maxBytes: number): Promise<RunPicture | undefined> => {
      if (!names.includes(name)) return undefined;
      try {
        const webp = await preview(await readFile(join(this.#folder, FOLDER, name)), maxBytes);
        return { path: `${FOLDER}/${name}`, caption, webp };
      } catch {
        return undefined; // damaged, or deleted by hand
      }
    };
    for (let number = 1; number <= MAX_BATCHES; number++) {
      const batch = await read(batchName(number), batchTitle(number), BATCH_BYTES);
      if (batch) this.#batches.push(batch);
    }
    this.#validations = steps.filter((one) => one <= step).sort((a, b) => a - b);
    const last = this.#validations.at(-1);
    if (last !== undefined)
      this.#validation = await read(validationName(last), `Validation at step ${last}`, SHEET_BYTES);
    this.#misses = await read('misses.jpg', 'Worst mistakes of the last evaluation', SHEET_BYTES);
  }
}

function validationName(step: number): string {
  return `validation-${step}.jpg`;
}

function batchName(number: number): string {
  return `batch-${number}.jpg`;
}

function batchTitle(number: number): string {
  return `Batch ${number} as the model sees it`;
}

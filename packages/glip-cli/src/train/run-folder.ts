import { openAsBlob } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Adapter, writeAdapter } from '@glip-wgpu/glip-core';
import type { Trainer } from '@glip-wgpu/glip-train';
import { type ByteSource, byteSource, streamSafetensors } from '@glip-wgpu/tensor-wgpu';
import { InputError } from '../inputs/input-error.ts';
import { isUnfinished, writeWhole } from '../outputs/whole-file.ts';
import { parseRunConfig, type RunConfig } from './run-config.ts';

/** Beside a model's weights: heads that only training has. */
export const TRAINING_HEADS = 'training-heads.safetensors';

const KEPT = 2; // checkpoints to resume from
const STATE = /^state-(\d+)\.safetensors$/;

/** Files that a model needs beside its weights. */
export interface ModelText {
  /** Of `config.json` and `vocab.txt`. */
  readonly config: string;
  readonly vocabulary: string;
}

/**
 * Folder of a training run: `config.json`, `metrics.jsonl`, `checkpoints/last` with the newest weights and the states to
 * resume from, `checkpoints/best` with the best weights. Every file is written beside and renamed.
 */
export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  file(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** True if it holds a run. */
  async exists(): Promise<boolean> {
    return stat(this.file('config.json')).then(
      () => true,
      () => false,
    );
  }

  /** @throws InputError if it holds no run */
  async config(): Promise<RunConfig> {
    const file = this.file('config.json');
    const text = await readFile(file, 'utf8').catch(() => {
      throw new InputError(`${this.path}: no training run: there is no ${file}`);
    });
    return parseRunConfig(text, file);
  }

  /** Removes what a process that was killed left unfinished. Only for whoever has the folder's lock. */
  async removeUnfinished(): Promise<void> {
    for (const folder of ['', 'pictures', 'checkpoints/last', 'checkpoints/best']) {
      const names = await readdir(this.file(folder)).catch(() => []);
      for (const name of names.filter(isUnfinished)) await rm(this.file(folder, name), { force: true });
    }
  }

  async writeConfig(config: RunConfig): Promise<void> {
    await writeWhole(this.file('config.json'), `${JSON.stringify(config, null, 2)}\n`);
  }

  /** Writes the state of step `step`; older states but one are removed once it is on disk. */
  async writeState(parts: AsyncIterable<Uint8Array>, step: number): Promise<void> {
    await writeWhole(this.#state(step), parts);
    const older = (await this.states()).slice(KEPT);
    for (const step of older) await rm(this.#state(step), { force: true });
  }

  /** Steps of the states to resume from, newest first. */
  async states(): Promise<number[]> {
    const names = await readdir(this.file('checkpoints', 'last')).catch(() => []);
    const steps = names.flatMap((name) => STATE.exec(name)?.[1] ?? []).map(Number);
    return steps.sort((a, b) => b - a);
  }

  async openState(step: number): Promise<ByteSource> {
    return byteSource(await openAsBlob(this.#state(step)));
  }

  /**
   * Configuration and vocabulary of the model that the run trains; undefined without a state to resume from, and for files
   * that are missing or damaged.
   */
  async modelText(): Promise<ModelText | undefined> {
    if ((await this.states()).length === 0) return undefined;
    const read = (name: string): Promise<string> => readFile(this.file('checkpoints', 'last', name), 'utf8');
    try {
      const config = await read('config.json');
      JSON.parse(config);
      return { config, vocabulary: await read('vocab.txt') };
    } catch {
      return undefined;
    }
  }

  /** Writes a model to detect with, `last` or `best`, and the heads that a run that goes on with it begins with. */
  async writeModel(
    which: 'last' | 'best',
    { weights, heads }: Pick<Trainer, 'weights' | 'heads'>,
    text: ModelText,
  ): Promise<void> {
    const folder = this.file('checkpoints', which);
    await writeWhole(join(folder, 'config.json'), text.config);
    await writeWhole(join(folder, 'vocab.txt'), text.vocabulary);
    await writeWhole(join(folder, 'model.safetensors'), streamSafetensors(weights.stored()));
    if (heads.all.size > 0) await writeWhole(join(folder, TRAINING_HEADS), streamSafetensors(heads.stored()));
  }

  /** Writes an adapter beside the model. */
  async writeAdapter(which: 'last' | 'best', adapter: Adapter): Promise<void> {
    await writeWhole(this.file('checkpoints', which, 'adapter.safetensors'), writeAdapter(adapter));
  }

  /** Remembers the model that the run's adapter is for: a resumed run does not read it again. */
  async writeBase(base: Adapter['base']): Promise<void> {
    await writeWhole(this.file('base.json'), `${JSON.stringify(base, null, 2)}\n`);
  }

  /** Undefined for a run that makes no adapter. @throws InputError for a file that was changed */
  async base(): Promise<Adapter['base'] | undefined> {
    const file = this.file('base.json');
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    try {
      const { name, fingerprint } = JSON.parse(text);
      return { name: String(name), fingerprint: String(fingerprint) };
    } catch (cause) {
      throw new InputError(`${file}: is not JSON: ${(cause as Error).message}`, { cause });
    }
  }

  #state(step: number): string {
    return this.file('checkpoints', 'last', `state-${String(step).padStart(8, '0')}.safetensors`);
  }
}

import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { CaptionShard } from '@glip-wgpu/datasets';
import { parseShardLine, type ShardRecord, shardLine } from '@glip-wgpu/glip-train/pseudo-labels';
import { codeOf, InputError, systemReason } from '../../inputs/input-error.ts';
import { expectSameSettings, type Settings } from '../../outputs/journal.ts';
import { writeWhole } from '../../outputs/whole-file.ts';

/**
 * Results of captions in a folder: a file for each shard, whose first line is the shard and every other line the result of a
 * pair. A file has the ending `.part` until its shard is done.
 */
export class ShardResults {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * @param resume  keep the results of an earlier run
   * @throws InputError for a run with other settings, or a folder that cannot be written
   */
  static async begin(folder: string, settings: Settings, resume: boolean): Promise<ShardResults> {
    const file = join(folder, 'settings.json');
    if (!resume) await rm(folder, { recursive: true, force: true });
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) expectSameSettings(join(folder, '..'), JSON.parse(text), settings);
    await mkdir(folder, { recursive: true });
    await writeWhole(file, `${JSON.stringify(settings)}\n`);
    return new ShardResults(folder);
  }

  /** True if a shard is done. @throws InputError if it was another shard then */
  async isDone(index: number, shard: CaptionShard): Promise<boolean> {
    const path = this.#path(index);
    if (!(await exists(path))) return false;
    await this.#expectShard(path, shard);
    return true;
  }

  /**
   * Opens a shard's results to add to them.
   *
   * @param batch  results are kept in multiples of it
   * @throws InputError if it was another shard in the earlier run
   */
  async open(index: number, shard: CaptionShard, batch: number): Promise<ShardFile> {
    const part = `${this.#path(index)}.part`;
    if (!(await exists(part))) await writeWhole(part, `${JSON.stringify({ shard })}\n`);
    await this.#expectShard(part, shard);
    const { done, bytes } = await wholeLines(part, batch);
    const file = await open(part, 'r+');
    await file.truncate(bytes);
    return new ShardFile(file, bytes, done, { part, whole: this.#path(index) });
  }

  /** Results of the first `count` shards, in their order; those of a shard that is not done, too. */
  async *records(count: number): AsyncGenerator<ShardRecord, void> {
    for (let index = 0; index < count; index++) yield* this.shardRecords(index);
  }

  /** Results of a shard; none if it was not begun. @throws DataError for a damaged file */
  async *shardRecords(index: number): AsyncGenerator<ShardRecord, void> {
    const whole = this.#path(index);
    const path = (await exists(whole)) ? whole : `${whole}.part`;
    if (!(await exists(path))) return;
    let line = 0;
    for await (const text of createInterface({ input: createReadStream(path) })) {
      line += 1;
      if (line > 1) yield parseShardLine(text, `${path}, line ${line}`);
    }
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  #path(index: number): string {
    return join(this.#folder, `${String(index).padStart(6, '0')}.jsonl`);
  }

  async #expectShard(path: string, shard: CaptionShard): Promise<void> {
    const lines = createInterface({ input: createReadStream(path) });
    for await (const first of lines) {
      lines.close();
      if (first === JSON.stringify({ shard })) return;
      break;
    }
    throw new InputError(
      `--resume: the captions have changed since the run in ${join(this.#folder, '..')} began; leave --resume out to begin anew`,
    );
  }
}

/** Results of a shard while it is labeled. */
export class ShardFile implements AsyncDisposable {
  /** Results of an earlier run. */
  readonly done: number;
  readonly #file: FileHandle;
  readonly #paths: { readonly part: string; readonly whole: string };
  #bytes: number;

  constructor(
    file: FileHandle,
    bytes: number,
    done: number,
    paths: { readonly part: string; readonly whole: string },
  ) {
    this.#file = file;
    this.#bytes = bytes;
    this.done = done;
    this.#paths = paths;
  }

  async add(records: readonly ShardRecord[]): Promise<void> {
    const bytes = new TextEncoder().encode(records.map(shardLine).join(''));
    try {
      for (let at = 0; at < bytes.length; ) {
        at += (await this.#file.write(bytes, at, bytes.length - at, this.#bytes + at)).bytesWritten;
      }
    } catch (cause) {
      throw new InputError(`${this.#paths.part}: cannot be written: ${systemReason(cause)}`, { cause });
    }
    this.#bytes += bytes.length;
  }

  /** The shard is done. */
  async complete(): Promise<void> {
    await this.#file.sync();
    await rename(this.#paths.part, this.#paths.whole);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}

/** Results in a file whose process may have been killed, and where the last of them ends. */
async function wholeLines(path: string, batch: number): Promise<{ done: number; bytes: number }> {
  let [at, lines] = [0, 0];
  let end = { done: 0, bytes: 0 };
  for await (const chunk of createReadStream(path)) {
    const bytes = chunk as Buffer;
    for (let stop = bytes.indexOf(10); stop >= 0; stop = bytes.indexOf(10, stop + 1)) {
      const done = lines; // the first line is the shard
      lines += 1;
      if (done % batch === 0) end = { done, bytes: at + stop + 1 };
    }
    at += bytes.length;
  }
  return end;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return false;
    throw new InputError(`${path}: cannot be read: ${systemReason(cause)}`, { cause });
  }
}

import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingEvent } from '@glip-wgpu/glip-train';
import { codeOf, InputError, systemReason } from '../inputs/input-error.ts';
import { prepareFile } from '../outputs/whole-file.ts';
import { LineMaker, type LogLine, type RunStart } from './log-lines.ts';
import { parseLog, type RunLog, type RunLogBuilder } from './run-log.ts';

const NAME = 'metrics.jsonl';
const STEPS_OF_A_LINE = 10;

/**
 * The log of a run: JSON lines in its folder. Lines are appended, never changed; an incomplete last line, as a full disk
 * leaves it, is removed before the next is written. What an evaluation or a checkpoint follows is on the disk.
 */
export class MetricsLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #log: RunLogBuilder;
  readonly #lines: LineMaker;
  /** Bytes of whole lines. */
  #size: number;
  #queue: Promise<void> = Promise.resolve();

  private constructor(path: string, file: FileHandle, bytes: Buffer, every: number) {
    this.#path = path;
    this.#file = file;
    this.#log = parseLog(bytes.toString());
    this.#size = bytes.length;
    this.#lines = new LineMaker(every);
  }

  /**
   * Opens a run's log, new or to be continued, and writes the line of this start.
   *
   * @param every  steps of a line
   * @throws InputError if it cannot be written
   */
  static async open(folder: string, start: RunStart, every = STEPS_OF_A_LINE): Promise<MetricsLog> {
    const path = join(folder, NAME);
    await prepareFile(path);
    const file = await open(path, 'a+').catch((cause) => {
      throw unwritable(path, cause);
    });
    try {
      const bytes = await file.readFile();
      const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
      const log = new MetricsLog(path, file, whole, every);
      await log.#write([{ kind: 'run', ...start, date: now() }], true);
      return log;
    } catch (cause) {
      await file.close();
      throw unwritable(path, cause);
    }
  }

  /** All of the run until now, without the steps that have no line yet. */
  get log(): RunLog {
    return this.#log;
  }

  /** Adds an event. Calls need not be awaited before the next. @throws InputError if it cannot be written */
  add(event: TrainingEvent): Promise<void> {
    const lines = this.#lines.add(event, now());
    return lines.length === 0 ? this.#queue : this.#write(lines, event.kind !== 'step');
  }

  /** Writes a line of the steps that have none yet. */
  flush(): Promise<void> {
    const lines = this.#lines.flush(now());
    return lines.length === 0 ? this.#queue : this.#write(lines, true);
  }

  #write(lines: readonly LogLine[], durably: boolean): Promise<void> {
    for (const line of lines) this.#log.add(line);
    const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    this.#queue = this.#queue
      .catch(() => {}) // reported by its own call; the next lines may succeed
      .then(async () => {
        try {
          if ((await this.#file.stat()).size !== this.#size) await this.#file.truncate(this.#size);
          await this.#file.appendFile(bytes);
          this.#size += bytes.length;
          if (durably) await this.#file.sync();
        } catch (cause) {
          throw unwritable(this.#path, cause);
        }
      });
    return this.#queue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.#file.close();
    }
  }
}

/** The log of a run's folder; empty if there is none. @throws InputError if it cannot be read */
export async function readLog(folder: string): Promise<RunLog> {
  const path = join(folder, NAME);
  try {
    const file = await open(path);
    try {
      return parseLog(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return parseLog('');
    throw new InputError(`${path}: cannot be read: ${systemReason(cause)}`, { cause });
  }
}

function now(): string {
  return new Date().toISOString();
}

function unwritable(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error && 'syscall' in cause)) return cause;
  return new InputError(`${path}: cannot be written: ${systemReason(cause)}`, { cause });
}

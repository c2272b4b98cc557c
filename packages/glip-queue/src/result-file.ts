import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf, QueueError, reasonOf, WorkerFault } from './queue-error.ts';
import type { Row } from './shard.ts';

const FORMAT = 'glip result 1';
const BUFFERED = 1 << 16;

/** Last line of a result: how many rows it has, and the SHA-256 of all lines above. */
interface Footer {
  readonly rows: number;
  readonly sha256: string;
}

/** File of a shard's result. @param id  of the shard, checked before: it is part of the path */
export function resultFile(folder: string, id: string): string {
  return join(folder, 'results', `${id}.jsonl`);
}

/** Folder of results that are being written. */
function partsFolder(folder: string): string {
  return join(folder, 'parts');
}

/** Writes a result row by row: under another name, renamed once it is complete and on disk. */
export class ResultWriter implements AsyncDisposable {
  readonly #folder: string;
  readonly #id: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #waiting = '';
  #rows = 0;
  #finished = false;

  private constructor(folder: string, id: string, temporary: string, file: FileHandle) {
    this.#folder = folder;
    this.#id = id;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** @throws WorkerFault if nothing can be written */
  static async open(folder: string, id: string): Promise<ResultWriter> {
    const temporary = join(partsFolder(folder), `${id}.${randomBytes(6).toString('hex')}`);
    try {
      await mkdir(partsFolder(folder), { recursive: true });
      const writer = new ResultWriter(folder, id, temporary, await open(temporary, 'wx'));
      await writer.#line({ format: FORMAT, shard: id });
      return writer;
    } catch (cause) {
      throw unwritten(temporary, cause);
    }
  }

  async add(row: Row): Promise<void> {
    this.#rows += 1;
    await this.#line(row);
  }

  /** @throws WorkerFault if it cannot be written */
  async finish(): Promise<void> {
    const path = resultFile(this.#folder, this.#id);
    try {
      await this.#flush();
      const footer: Footer = { rows: this.#rows, sha256: this.#hash.digest('hex') };
      await this.#file.appendFile(`${JSON.stringify({ end: footer })}\n`);
      await this.#file.sync();
      await this.#file.close();
      await mkdir(join(this.#folder, 'results'), { recursive: true });
      await rename(this.#temporary, path);
      this.#finished = true;
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT') throw unwritten(path, cause);
      // Another worker took the shard over while this one was silent.
      if ((await resultState(this.#folder, this.#id)) === 'valid') return;
      throw new Error('the unfinished result was removed: another worker has the shard', { cause });
    }
  }

  async #line(value: object): Promise<void> {
    this.#waiting += `${JSON.stringify(value)}\n`;
    if (this.#waiting.length >= BUFFERED) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = '';
    this.#hash.update(bytes);
    try {
      await this.#file.appendFile(bytes);
    } catch (cause) {
      throw unwritten(this.#temporary, cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finished) return;
    await this.#file.close().catch(() => {});
    await rm(this.#temporary, { force: true }).catch(() => {});
  }
}

/** Removes what workers that ended left of all shards, once they are done. */
export async function removeAllParts(folder: string): Promise<void> {
  await rm(partsFolder(folder), { recursive: true, force: true });
}

/** Removes what workers that ended left of a shard. */
export async function removeParts(folder: string, id: string): Promise<void> {
  const names = await readdir(partsFolder(folder)).catch(() => []);
  for (const name of names) {
    if (name.startsWith(`${id}.`)) await rm(join(partsFolder(folder), name), { force: true });
  }
}

/** Fault of an invalid result. */
export type ResultState = 'valid' | 'missing' | 'damaged';

/** Checks a result against its checksum. @throws QueueError 'file' if it cannot be read */
export async function resultState(folder: string, id: string): Promise<ResultState> {
  try {
    for await (const _ of rowsOf(folder, id));
    return 'valid';
  } catch (error) {
    if (error instanceof DamagedResult) return error.state;
    throw error;
  }
}

class DamagedResult extends QueueError {
  readonly state: Exclude<ResultState, 'valid'>;

  constructor(state: Exclude<ResultState, 'valid'>, path: string) {
    super('incomplete', `${path}: this result is ${state}`);
    this.state = state;
  }
}

/**
 * Rows of a result, one by one; the checksum is known to be right after the last.
 *
 * @throws QueueError 'incomplete' for a result that is missing or damaged, 'file' if it cannot be read
 */
export async function* rowsOf(folder: string, id: string): AsyncGenerator<Row> {
  const path = resultFile(folder, id);
  const hash = createHash('sha256');
  let [rows, lines] = [0, 0];
  let end: Footer | undefined;
  try {
    const input = createReadStream(path, 'latin1'); // a character for each byte, none of which ends a line but \n
    for await (const latin of createInterface({ input })) {
      const line = Buffer.from(latin, 'latin1').toString();
      const value = parsed(line);
      if (end || !value) throw new DamagedResult('damaged', path);
      if (lines === 0 && (value['format'] !== FORMAT || value['shard'] !== id))
        throw new DamagedResult('damaged', path);
      if (lines > 0 && 'end' in value && Object.keys(value).length === 1) {
        end = value['end'] as Footer;
        continue;
      }
      hash.update(`${line}\n`);
      if (lines > 0) {
        rows += 1;
        yield value;
      }
      lines += 1;
    }
  } catch (cause) {
    if (cause instanceof QueueError) throw cause;
    if (codeOf(cause) === 'ENOENT') throw new DamagedResult('missing', path);
    throw new QueueError('file', `${path}: cannot be read: ${reasonOf(cause)}`, { cause });
  }
  if (end?.rows !== rows || end.sha256 !== hash.digest('hex')) throw new DamagedResult('damaged', path);
}

function parsed(line: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Row) : undefined;
  } catch {
    return undefined;
  }
}

function unwritten(path: string, cause: unknown): unknown {
  if (cause instanceof WorkerFault || codeOf(cause) === undefined) return cause;
  return new WorkerFault(`${path}: cannot be written: ${reasonOf(cause)}`, { cause });
}

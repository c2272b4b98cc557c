import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { codeOf, InputError, systemReason } from '../inputs/input-error.ts';

/** A process, as it can be recognized later: numbers of processes are given again. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Of the process, in the kernel's clock; only on Linux. */
  readonly started?: string | undefined;
}

const PATIENCE_MS = 3000; // a process that was killed takes a moment to end
const POLL_MS = 100;

let attempts = 0;

/**
 * The right to write a run's folder: `lock.json` in it names the process that has it. The lock of a process that no longer
 * runs is taken over.
 */
export class RunLock implements AsyncDisposable {
  readonly #file: string;
  readonly #text: string;

  private constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
  }

  /** @throws InputError if another process has it, or if the folder cannot be written */
  static async acquire(folder: string, patienceMs = PATIENCE_MS): Promise<RunLock> {
    const file = join(folder, 'lock.json');
    const own: Holder = { pid: process.pid, host: hostname(), started: await startOf(process.pid) };
    const text = `${JSON.stringify(own)}\n`;
    for (let waited = 0; ; waited += POLL_MS) {
      if (await created(file, text)) return new RunLock(file, text);
      const found = await readFile(file, 'utf8').catch(() => undefined);
      if (found === undefined) continue; // released just now
      const holder = parse(found);
      if (holder && (await runs(holder))) {
        if (waited >= patienceMs || holder.host !== own.host) throw inUse(folder, file, holder);
        await wait(POLL_MS);
      } else await removeStale(file, found);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const found = await readFile(this.#file, 'utf8').catch(() => undefined);
    if (found === this.#text) await rm(this.#file, { force: true });
  }
}

function inUse(folder: string, file: string, { pid, host }: Holder): InputError {
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`;
  return new InputError(
    `${folder}: ${where} is training in it; wait for its end, or stop it and try again (if it no longer runs, remove ${file})`,
  );
}

/** Creates the file with its contents at once, so that nobody sees it empty; false if it exists. */
async function created(file: string, text: string): Promise<boolean> {
  attempts += 1;
  const whole = `${file}.new-${process.pid}-${attempts}`;
  try {
    await writeFile(whole, text);
    await link(whole, file).catch(async (cause) => {
      if (codeOf(cause) === 'EEXIST') throw cause;
      await writeFile(file, text, { flag: 'wx' }); // file systems without links
    });
    return true;
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false;
    throw new InputError(`${file}: cannot be written: ${systemReason(cause)}`, { cause });
  } finally {
    await rm(whole, { force: true }).catch(() => {});
  }
}

/** Removes a lock by its contents: one that another process took meanwhile is put back. */
async function removeStale(file: string, text: string): Promise<void> {
  attempts += 1;
  const aside = `${file}.old-${process.pid}-${attempts}`;
  try {
    await rename(file, aside);
    const moved = await readFile(aside, 'utf8');
    if (moved !== text) await link(aside, file).catch(() => {});
    await rm(aside, { force: true });
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT')
      throw new InputError(`${file}: cannot be replaced: ${systemReason(cause)}`, { cause });
  }
}

function parse(text: string): Holder | undefined {
  try {
    const { pid, host, started } = JSON.parse(text) as Holder;
    return Number.isSafeInteger(pid) && typeof host === 'string' ? { pid, host, started } : undefined;
  } catch {
    return undefined; // cut by a crash
  }
}

/** True if the process still runs, or if that cannot be known. */
async function runs({ pid, host, started }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  if (pid === process.pid && started === undefined) return false; // an earlier process, rather than this one
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
  return started === undefined || started === (await startOf(pid));
}

/** Start of a process in ticks since boot, with the boot's name; undefined where that cannot be read. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold spaces
    return afterName[0] === 'Z' ? undefined : `${boot.trim()} ${afterName[19]}`;
  } catch {
    return undefined;
  }
}

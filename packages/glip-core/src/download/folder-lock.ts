import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { codeOf, ifThere } from './folder-files.ts';

const WAIT_MS = 100;

/** Takes a lock file, which holds the id of this process; waits while another live process has it. */
export async function takeLock(lock: string, signal: AbortSignal | undefined): Promise<void> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      await writeFile(lock, `${process.pid}`, { flag: 'wx' });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const owner = Number(await ifThere(() => readFile(lock, 'utf8')));
    if (owner > 0 && !isAlive(owner)) await removeStale(lock, owner);
    else await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
  }
}

/** Removes a lock whose process has ended, and no other. */
async function removeStale(lock: string, owner: number): Promise<void> {
  const aside = `${lock}.${process.pid}`;
  await ifThere(() => rename(lock, aside));
  const found = await ifThere(() => readFile(aside, 'utf8'));
  if (found !== undefined && Number(found) !== owner) await rename(aside, lock);
  else await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0); // sends nothing
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

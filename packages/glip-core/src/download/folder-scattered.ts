import { open, rename, rm, statfs, truncate } from 'node:fs/promises';
import { DownloadError } from './download-error.ts';
import type { ScatteredFile } from './file-store.ts';
import { explained, textIfThere, writeWhole } from './folder-files.ts';

/**
 * Opens `TARGET.part` and `TARGET.part.journal`, whose first line is the identity of the content.
 *
 * @throws DownloadError disk-full if the folder has no room for the rest
 */
export async function scatteredFile(
  folder: string,
  target: string,
  lock: string,
  identity: string,
  size: number,
): Promise<ScatteredFile> {
  const part = `${target}.part`;
  const journal = `${part}.journal`;
  const text = (await textIfThere(journal)) ?? '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1); // without a line that broke off
  const [first, ...lines] = whole.split('\n').slice(0, -1);
  const isSame = first === identity;
  if (!isSame) await rm(part, { force: true });
  if (!isSame || whole !== text) await writeWhole(journal, isSame ? whole : `${identity}\n`);
  const file = await open(part, isSame ? 'a' : 'w').then(async (created) => {
    await created.close();
    return open(part, 'r+');
  });
  const log = await open(journal, 'a');
  const free = async (): Promise<void> => {
    await file.close();
    await log.close();
    await rm(lock, { force: true });
  };
  try {
    await expectRoom(folder, size, (await file.stat()).blocks * 512);
  } catch (error) {
    await free();
    throw error;
  }
  let logged: Promise<unknown> = Promise.resolve();
  return {
    journal: isSame ? lines : [],
    write: (places, line) =>
      explained(folder, async () => {
        for (const { position, bytes } of places) {
          for (let done = 0; done < bytes.length; ) {
            const rest = done === 0 ? bytes : bytes.subarray(done);
            done += (await file.write(rest, 0, rest.length, position + done)).bytesWritten;
          }
        }
        if (line === undefined) return;
        const appended = logged.then(() => log.write(new TextEncoder().encode(`${line}\n`)));
        logged = appended.catch(() => {});
        await appended;
      }),
    read: (start, end) =>
      explained(folder, async () => {
        const bytes = new Uint8Array(end - start);
        for (let done = 0; done < bytes.length; ) {
          const { bytesRead } = await file.read(bytes, done, bytes.length - done, start + done);
          if (bytesRead === 0) return bytes; // the file was cut off: its checksum will tell
          done += bytesRead;
        }
        return bytes;
      }),
    finish: (note) =>
      explained(folder, async () => {
        await file.sync();
        await truncate(part, size);
        await rm(target, { force: true });
        await writeWhole(`${target}.json`, note);
        await rename(part, target);
        await rm(journal, { force: true });
        await free();
      }),
    async close() {
      const { size: written } = await file.stat();
      if (written === 0) await Promise.all([part, journal].map((path) => rm(path, { force: true })));
      await free();
    },
  };
}

/** @throws DownloadError disk-full if a folder has not enough free space for a file of which some is written */
async function expectRoom(folder: string, size: number, written: number): Promise<void> {
  const { bavail, blocks, bsize } = await statfs(folder).catch(() => ({ bavail: 0, blocks: 0, bsize: 0 }));
  if (blocks === 0) return; // a file system that does not tell
  const [free, needed] = [bavail * bsize, size - written];
  if (needed <= free) return;
  throw new DownloadError(
    'disk-full',
    `${folder}: ${Math.ceil(needed / 1e6)} MB are needed, and ${Math.floor(free / 1e6)} MB are free; free some space or set GLIP_CACHE to another folder`,
  );
}

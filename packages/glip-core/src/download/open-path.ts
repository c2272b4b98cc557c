import { open } from 'node:fs/promises';
import type { ByteSource } from '@glip-wgpu/tensor-wgpu';

/** A file on disk, read in ranges. It is opened for each read, so nothing must be closed and changes are noticed. */
export async function openPath(path: string | URL): Promise<ByteSource> {
  const first = await stateOf(path);
  return {
    size: first.size,
    async read(start, end) {
      const handle = await open(path);
      try {
        const { size, mtimeMs } = await handle.stat();
        if (size !== first.size || mtimeMs !== first.mtimeMs)
          throw new Error(`${path}: the file was changed while it was read`);
        const bytes = new Uint8Array(end - start);
        for (let done = 0; done < bytes.length; ) {
          const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
          if (bytesRead === 0) throw new Error(`${path}: bytes ${start} to ${end} are not all available`);
          done += bytesRead;
        }
        return bytes;
      } finally {
        await handle.close();
      }
    },
  };
}

async function stateOf(path: string | URL) {
  const handle = await open(path);
  try {
    const state = await handle.stat();
    if (!state.isFile()) throw new Error(`${path}: it is not a file`);
    return state;
  } finally {
    await handle.close();
  }
}

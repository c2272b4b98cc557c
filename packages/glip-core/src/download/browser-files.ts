import { DownloadError } from './download-error.ts';

// Files of a page's private file system.

export async function readText(
  directory: FileSystemDirectoryHandle,
  name: string,
): Promise<string | undefined> {
  const handle = await ifThere(directory.getFileHandle(name));
  return handle && (await (await handle.getFile()).text());
}

export async function writeFile(
  directory: FileSystemDirectoryHandle,
  name: string,
  content: Blob | Uint8Array<ArrayBuffer>,
): Promise<void> {
  await explained(
    (async () => {
      const stream = await (await directory.getFileHandle(name, { create: true })).createWritable();
      await stream.write(content);
      await stream.close();
    })(),
  );
}

export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

export async function explained<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : undefined;
    if (name === 'QuotaExceededError') {
      throw new DownloadError(
        'disk-full',
        'the browser grants this page no more storage: remove other models, or free some disk space',
        { cause },
      );
    }
    if (name === 'NotAllowedError' || name === 'SecurityError') {
      throw new DownloadError('permission', 'the browser does not allow this page to store files', { cause });
    }
    throw cause;
  }
}

import { ImageError } from '../errors.ts';

/** An encoded image: the path or URL of a file, its bytes, or a Blob or File. Paths are read in Node and Deno. */
export type ImageFile = string | URL | Blob | Uint8Array | ArrayBuffer;

export interface ImageFileOptions {
  /** Maximum number of pixels, checked before the image is decoded. Default 2^26 (8192 x 8192). */
  readonly maxPixels?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** True for image files, as opposed to pixels and to what a browser can draw. */
export function isImageFile(image: unknown): image is ImageFile {
  return (
    typeof image === 'string' ||
    image instanceof URL ||
    image instanceof Uint8Array ||
    image instanceof ArrayBuffer ||
    (typeof Blob !== 'undefined' && image instanceof Blob)
  );
}

/** A copy of bytes, which the caller may change meanwhile; everything else as it is now. */
export function copyOfFile(file: ImageFile): ImageFile {
  if (file instanceof URL) return file.href;
  if (file instanceof Uint8Array || file instanceof ArrayBuffer) return new Uint8Array(file);
  return file;
}

/** Name of a file for messages. */
export function imageName(file: ImageFile): string {
  const name = typeof file === 'object' && 'name' in file ? file.name : file;
  if (typeof name !== 'string' && !(name instanceof URL)) return 'image';
  const text = String(name);
  return `image ${JSON.stringify(text.length > 200 ? `${text.slice(0, 197)}...` : text)}`;
}

/** Maximum number of bytes that are downloaded. */
const MAX_BYTES = 2 ** 28;

/** Content of a URL, at most 256 MiB. @throws ImageError that names the URL and the reason; the signal's reason */
export async function fetchImage(
  url: string,
  signal?: AbortSignal,
  maxBytes: number = MAX_BYTES,
): Promise<Blob> {
  const name = imageName(url);
  try {
    const response = await fetch(url, signal ? { signal } : {});
    if (!response.ok) throw new ImageError(`${name}: ${response.status} ${response.statusText}`.trimEnd());
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    const reader = response.body?.getReader();
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      parts.push(part.value);
      size += part.value.length;
      if (size <= maxBytes) continue;
      await reader?.cancel();
      throw new ImageError(`${name}: more than ${maxBytes} bytes; download it and make it smaller`);
    }
    return new Blob(parts);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ImageError) throw cause;
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    throw new ImageError(
      `${name}: it cannot be downloaded: ${inner instanceof Error ? inner.message : String(inner)}`,
      { cause },
    );
  }
}

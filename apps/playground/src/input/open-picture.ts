import { type ImageHeader, readImageHeader } from '@glip-wgpu/glip-core';
import type { Picture } from '../state/state.ts';
import { fileKind } from './picture-kind.ts';

const MAX_SHOWN = 2048; // pixels of the longer side as shown; the model gets the whole picture

/** A file that cannot be opened, with advice. */
class PictureError extends Error {
  override readonly name = 'PictureError';
}

/** The first bytes of a file. */
export async function headOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, 2 ** 16).arrayBuffer());
}

/**
 * Decodes a picture to show it; the browser does so beside the page's thread.
 *
 * @throws PictureError
 */
export async function openPicture(given: Blob, name: string): Promise<Omit<Picture, 'id' | 'source'>> {
  const head = await headOf(given);
  const kind = fileKind(head, name);
  const header = readImageHeader(head);
  const large = Math.max(header?.size?.width ?? 0, header?.size?.height ?? 0) > MAX_SHOWN;
  let bitmap: ImageBitmap;
  let blob = given;
  try {
    bitmap = await createImageBitmap(given, large ? { resizeWidth: MAX_SHOWN, resizeQuality: 'medium' } : {});
  } catch {
    throw new PictureError(
      kind.kind === 'other'
        ? `${name} is ${kind.what}. ${kind.advice}`
        : `${name} is damaged, or in a format that this browser cannot decode.`,
    );
  }
  if (kind.kind === 'other') blob = await recoded(bitmap); // a format of which only this browser knows how to decode it
  const [width, height] = kind.kind === 'other' ? [bitmap.width, bitmap.height] : uprightSize(header, bitmap);
  return { name, blob, thumbnail: URL.createObjectURL(blob), bitmap, width, height };
}

/** The size of the file's header, turned if the bitmap is. */
function uprightSize(header: ImageHeader | undefined, bitmap: ImageBitmap): readonly [number, number] {
  const size = header?.size;
  if (!size) return [bitmap.width, bitmap.height];
  const turned = size.width > size.height !== bitmap.width > bitmap.height && bitmap.width !== bitmap.height;
  return turned ? [size.height, size.width] : [size.width, size.height];
}

async function recoded(bitmap: ImageBitmap): Promise<Blob> {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}

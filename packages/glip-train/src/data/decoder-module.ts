import { readImageBlob } from '@glip-wgpu/glip-core';
import type { Decode } from './part-request.ts';

/**
 * The decoder that a module exports as `decode`; without a module, the browser's.
 *
 * @param url  absolute, or the name of a package
 * @throws Error with the reason, if there is none
 */
export async function importDecoder(url: string | undefined): Promise<Decode> {
  if (url === undefined) {
    if (typeof createImageBitmap !== 'undefined') return decodeInBrowser;
    throw new Error(
      'pictures are decoded by browsers only; give `decode`, or the URL of a module as `decoder`',
    );
  }
  const module: { readonly decode?: unknown } = await import(
    /* @vite-ignore */ /* webpackIgnore: true */ url
  );
  if (typeof module.decode !== 'function') throw new Error(`${url} exports no function \`decode\``);
  return module.decode as Decode;
}

const decodeInBrowser: Decode = (bytes) => readImageBlob(new Blob([bytes as Uint8Array<ArrayBuffer>]));

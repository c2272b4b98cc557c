const WIDTH = 1144; // of a report's page
const QUALITY = 75;
const LOW_QUALITY = 50;

/** A WebP of at most so many bytes and of a page's width, to be embedded in the place of a larger JPEG. */
export async function preview(jpeg: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp'); // slow to load, so loaded on demand
  const encoded = (width: number, quality: number): Promise<Uint8Array> =>
    sharp(jpeg).resize({ width, withoutEnlargement: true }).webp({ quality }).toBuffer();
  const good = await encoded(WIDTH, QUALITY);
  if (good.length <= maxBytes) return good;
  for (let width = WIDTH; ; ) {
    const webp = await encoded(width, LOW_QUALITY);
    if (webp.length <= maxBytes || width === 1) return webp;
    width = Math.max(1, Math.floor(0.95 * width * Math.sqrt(maxBytes / webp.length)));
  }
}

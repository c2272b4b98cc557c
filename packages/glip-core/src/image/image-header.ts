/** Format and size from the first bytes of an image file. */
export interface ImageHeader {
  readonly format: 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'bmp' | 'svg';
  /** Pixels, before any rotation; undefined if beyond the given bytes. */
  readonly size?: { readonly width: number; readonly height: number } | undefined;
}

/**
 * Reads the format and size of an image file from its first bytes, so that oversized images are refused before they are
 * decoded. Nothing is decoded, and no length in the file is trusted.
 */
export function readImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (start: number, length: number): string =>
    String.fromCharCode(...bytes.subarray(start, start + length));
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') {
    return { format: 'png', size: reads(view, 24, () => sizeOf(view.getUint32(16), view.getUint32(20))) };
  }
  if (view.byteLength > 2 && view.getUint16(0) === 0xffd8) return { format: 'jpeg', size: jpegSize(view) };
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP')
    return { format: 'webp', size: webpSize(view, text(12, 4)) };
  if (text(4, 4) === 'ftyp') return { format: 'avif', size: heifSize(view) };
  if (/^GIF8[79]a$/.test(text(0, 6))) {
    return {
      format: 'gif',
      size: reads(view, 10, () => sizeOf(view.getUint16(6, true), view.getUint16(8, true))),
    };
  }
  if (text(0, 2) === 'BM') {
    const size = () => sizeOf(view.getInt32(18, true), Math.abs(view.getInt32(22, true)));
    return { format: 'bmp', size: reads(view, 26, size) };
  }
  if (/^(\xef\xbb\xbf)?\s*<(\?xml|svg|!--|!DOCTYPE)/i.test(text(0, 200))) return { format: 'svg' };
  return undefined;
}

type Size = ImageHeader['size'];

function sizeOf(width: number, height: number): Size {
  return { width, height };
}

function reads(view: DataView, length: number, size: () => Size): Size {
  return view.byteLength < length ? undefined : size();
}

/** The frame header (SOF) follows segments that each state their length. */
function jpegSize(view: DataView): Size {
  let at = 2;
  while (at + 9 <= view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1; // fill bytes
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return sizeOf(view.getUint16(at + 7), view.getUint16(at + 5));
    at += 2 + Math.max(2, view.getUint16(at + 2));
  }
  return undefined;
}

function webpSize(view: DataView, chunk: string): Size {
  return reads(view, 30, () => {
    const u24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65536;
    if (chunk === 'VP8X') return sizeOf(u24(24) + 1, u24(27) + 1);
    if (chunk === 'VP8 ') return sizeOf(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
    const bits = view.getUint32(21, true);
    return chunk === 'VP8L' ? sizeOf((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1) : undefined;
  });
}

const ISPE = 0x69737065; // the property with an image's size

/** Largest size among the file's properties: tiles and thumbnails have sizes too. */
function heifSize(view: DataView): Size {
  let largest: Size;
  for (let at = 8; at + 16 <= view.byteLength; at++) {
    if (view.getUint32(at) !== ISPE) continue;
    const [width, height] = [view.getUint32(at + 8), view.getUint32(at + 12)];
    if (!largest || width * height > largest.width * largest.height) largest = { width, height };
  }
  return largest;
}

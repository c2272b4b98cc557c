// JavaScript, so that Node runs it without a build.
import sharp from 'sharp';

class Refusal extends Error {}

/** Pixels of an encoded picture as displayed: 8 bits, sRGB, one or three channels. */
export async function decode(bytes, maxPixels) {
  try {
    const { format, width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    if (format === 'svg') throw new Refusal('SVG has no pixels of its own; convert it to PNG');
    if (width * height > maxPixels) {
      throw new Refusal(`${width} x ${height} pixels, above the limit of ${maxPixels}; scale it down`);
    }
    // Errors of the data refuse a picture, odd bytes that every other program reads over do not.
    const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
      .rotate()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return withoutAlpha(data, info);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Error(`not a picture that can be read (${error.message.split('\n')[0]})`, { cause: error });
  }
}

/** sharp's own removeAlpha never ends on some pictures, such as a TIFF of CIELAB colors. */
function withoutAlpha(data, { width, height, channels }) {
  const colors = channels >= 3 ? 3 : 1;
  if (channels === colors) return { data, width, height, channels };
  const kept = Buffer.allocUnsafe(width * height * colors);
  for (let from = 0, to = 0; to < kept.length; from += channels) {
    for (let color = 0; color < colors; color++) kept[to++] = data[from + color];
  }
  return { data: kept, width, height, channels: colors };
}

// Written so that bundlers detect and include each file.

/** The embedded model's files: pass it to `Glip.load`. */
export const emojiTiny = {
  name: 'emoji-tiny',
  /** Safetensors, f32, 5.5 MB. */
  weights: new URL('../model/model.safetensors', import.meta.url),
  config: new URL('../model/config.json', import.meta.url),
  vocabulary: new URL('../model/vocab.txt', import.meta.url),
  /** The words that it was trained on. */
  words: new URL('../model/words.txt', import.meta.url),
} as const;

const SCENE = 160; // pixels: width and height of the scenes that it was trained on
const TOLERANCE = 0.15;

/**
 * A warning for pictures, such as nearly all photographs, whose size differs from the drawn training scenes of 160 x 160
 * pixels; undefined for pictures of about that size. Pixels are not examined: the scenes have photographs and noise as
 * backgrounds, so a photograph of their size cannot be told from them.
 */
export function emojiTinyWarning({ width, height }: { readonly width: number; readonly height: number }) {
  const fits = [width, height].every((side) => Math.abs(side - SCENE) <= TOLERANCE * SCENE);
  if (fits) return undefined;
  return `emoji-tiny is a toy for drawn scenes of ${SCENE} x ${SCENE} pixels, and this picture has ${width} x ${height}: its results on photographs are meaningless. Load a real model instead, "glip-t" for example`;
}

// Written so that bundlers see each file and carry it along.

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
 * One sentence for a picture of another size than the drawn scenes that the model was trained on, 160 x 160 pixels, such as
 * nearly every photograph; undefined for a picture of that size. Pixels are not looked at: the scenes have photographs and
 * noise as backgrounds, and a photograph cut to their size cannot be told from them.
 */
export function emojiTinyWarning({ width, height }: { readonly width: number; readonly height: number }) {
  const fits = [width, height].every((side) => Math.abs(side - SCENE) <= TOLERANCE * SCENE);
  if (fits) return undefined;
  return `emoji-tiny is a toy for drawn scenes of ${SCENE} x ${SCENE} pixels, and this picture has ${width} x ${height}: its answers about photographs mean nothing. Load a real model instead, "glip-t" for example`;
}

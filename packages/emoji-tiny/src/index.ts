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

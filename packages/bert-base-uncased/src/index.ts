// Written so that bundlers detect and include the file.

/** The vocabulary of BERT base, uncased: the tokenizer of GLIP's published models. */
export const bertBaseUncased = {
  name: 'bert-base-uncased',
  /** `vocab.txt`: 30,522 word pieces, one a line, 232 kB. */
  vocabulary: new URL('../model/vocab.txt', import.meta.url),
} as const;

// Written so that bundlers see the file and carry it along.

/** The vocabulary of BERT base, uncased: the tokenizer of GLIP's published models. */
export const bertBaseUncased = {
  name: 'bert-base-uncased',
  /** `vocab.txt`: 30,522 word pieces, one a line, 232 kB. */
  vocabulary: new URL('../model/vocab.txt', import.meta.url),
} as const;

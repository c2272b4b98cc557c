import { readFileSync } from 'node:fs';
import { type Tokenizer, WordPiece } from '@glip-wgpu/bert';

const VOCABULARY = new URL('../../../packages/bert-base-uncased/model/vocab.txt', import.meta.url);

/** BERT's tokenizer with the vocabulary of GLIP. */
export function bertTokenizer(): Tokenizer {
  return WordPiece.fromVocab(readFileSync(VOCABULARY, 'utf8'));
}

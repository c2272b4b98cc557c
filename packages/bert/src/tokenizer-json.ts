import { damaged, piecesOfEntries, quote } from './vocabulary.ts';

const where = 'WordPiece.fromTokenizerJson';

/**
 * The pieces of a Hugging Face `tokenizer.json`, by id.
 *
 * @throws TokenizerError unless it describes an uncased BERT tokenizer, the only one written here
 */
export function piecesOfTokenizerJson(json: unknown): string[] {
  const model = record(record(json, 'the file').model, 'model');
  expect('model.type', model.type ?? 'WordPiece', 'WordPiece');
  expect('model.continuing_subword_prefix', model.continuing_subword_prefix ?? '##', '##');
  expect('model.max_input_chars_per_word', model.max_input_chars_per_word ?? 100, 100);
  expect('model.unk_token', model.unk_token ?? '[UNK]', '[UNK]');

  const normalizer = record(record(json, 'the file').normalizer, 'normalizer');
  expect('normalizer.type', normalizer.type, 'BertNormalizer');
  for (const rule of ['clean_text', 'handle_chinese_chars', 'strip_accents', 'lowercase']) {
    expect(`normalizer.${rule}`, normalizer[rule] ?? true, true);
  }

  const vocab = record(model.vocab, 'model.vocab');
  const pieces = piecesOfEntries(where, Object.entries(vocab));
  const added: unknown = record(json, 'the file').added_tokens ?? [];
  if (!Array.isArray(added)) throw damaged(where, 'added_tokens is no list');
  for (const entry of added) {
    const { id, content } = record(entry, 'an added token');
    if (typeof id !== 'number' || pieces[id] !== content) {
      throw damaged(where, `the added token ${quote(content)} (id ${quote(id)}) is not in model.vocab`);
    }
  }
  return pieces;
}

function record(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damaged(where, `${name} is no object`);
  }
  return value as Record<string, unknown>;
}

function expect(name: string, value: unknown, wanted: unknown): void {
  if (value !== wanted) throw damaged(where, `${name} is ${quote(value)}, expected ${quote(wanted)}`);
}

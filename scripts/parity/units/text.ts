import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { charToToken, tokensOfSpan, WordPiece } from '@glip-wgpu/bert';
import { cleanCategory, joinNames, tokensOfSpans } from '@glip-wgpu/glip-core';
import type { Row } from '../compare.ts';

interface Recorded {
  readonly vocab: string[];
  readonly sentences: readonly (Record<string, unknown> & { readonly text: string })[];
  readonly queries: readonly {
    readonly names: string[];
    readonly labels: number[];
    readonly separation: string;
    readonly query: string;
    readonly input_ids: number[];
    readonly label_to_tokens: Record<string, number[]>;
  }[];
  readonly positive_maps: readonly {
    readonly text: string;
    readonly tokens_positive: [number, number][][];
    readonly char_to_token: (number | null)[];
    readonly rows_nonzero: readonly { readonly tokens: number[] }[];
  }[];
}

/** text.json: tokenisation, prompts of categories, and token maps, all exact. */
export function checkText(folder: string): Row[] {
  const recorded = JSON.parse(readFileSync(join(folder, 'text.json'), 'utf8')) as Recorded;
  const tokenizer = WordPiece.fromPieces(recorded.vocab);
  const rows: Row[] = [];
  const check = (name: string, actual: unknown, expected: unknown): void => {
    const same = JSON.stringify(actual) === JSON.stringify(expected);
    const note = same ? 'exact' : `${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`;
    rows.push({ name: `text ${name}`, verdict: same ? 'ok' : 'FAIL', note });
  };

  for (const [i, sentence] of recorded.sentences.entries()) {
    const { text } = sentence;
    const known = { matchSpecialTokens: true };
    const encoding = tokenizer.encode(text, known);
    check(`sentences.${i}.ids`, encoding.ids, sentence.ids);
    check(`sentences.${i}.tokens`, tokenizer.tokens(encoding).slice(1, -1), sentence.tokens);
    for (const key of Object.keys(sentence)) {
      const [, size, what] = /^padded(\d+)_(\w+)$/.exec(key) ?? [];
      if (!size) continue;
      const length = Number(size);
      const padded = tokenizer.encode(text, { ...known, maxTokens: length, truncate: true, padTo: length });
      const special = padded.offsets.map(([start, end]) => (start === end ? 1 : 0));
      const found = { input_ids: padded.ids, attention_mask: padded.mask, special_tokens_mask: special };
      check(`sentences.${i}.${key}`, found[what as keyof typeof found], sentence[key]);
    }
  }
  for (const [i, query] of recorded.queries.entries()) {
    const { names, labels, separation, query: text } = query;
    const cleaned = names.map(cleanCategory);
    const built = separation === '. ' ? joinNames(cleaned).text : cleaned.join(separation);
    check(`queries.${i}.query`, built, text);
    const encoding = tokenizer.encode(text);
    check(`queries.${i}.input_ids`, encoding.ids, query.input_ids);
    let start = 0;
    const maps = cleaned.map((name, n) => {
      const span = [start, start + name.length] as const;
      start += name.length + separation.length;
      return [labels[n], tokensOfSpan(encoding, span)] as const;
    });
    check(`queries.${i}.label_to_tokens`, Object.fromEntries(maps), query.label_to_tokens);
  }
  for (const [i, map] of recorded.positive_maps.entries()) {
    const { text, tokens_positive: spans } = map;
    const encoding = tokenizer.encode(text);
    const table = Array.from({ length: text.length }, (_, index) => charToToken(encoding, index) ?? null);
    check(`positive_maps.${i}.char_to_token`, table, map.char_to_token);
    const found = spans.map((own) => tokensOfSpans(encoding, own));
    check(
      `positive_maps.${i}.rows`,
      found,
      map.rows_nonzero.map(({ tokens }) => tokens),
    );
  }
  return rows;
}

import { tokensOfSpan } from '@glip-wgpu/bert';
import { type CaptionPrompt, type CategoryPrompt, categoryPrompts } from '@glip-wgpu/glip-core';
import type { Row } from '../compare.ts';
import { compareValues } from './rows.ts';
import { bertTokenizer } from './tokenizer.ts';

export interface ExpectedPrompt {
  readonly caption: string;
  readonly n_tokens: number;
  /** Tokens by label; labels without tokens are left out. */
  readonly positive_map: Readonly<Record<string, readonly number[]>>;
}

interface PromptCase {
  readonly name: string;
  readonly names?: readonly string[];
  readonly names_by_label?: Readonly<Record<string, string>>;
  readonly caption_prompt?: readonly CaptionPrompt[];
  readonly chunk?: number;
  readonly suppress?: readonly string[];
  readonly prompts: readonly ExpectedPrompt[];
}

/** Prompts of lists of names, with the options of each case. */
export function checkPrompts(name: string, { cases }: { readonly cases: readonly PromptCase[] }): Row[] {
  return cases.flatMap(({ caption_prompt: captionPrompt, chunk, suppress, ...one }) => {
    const categories = one.names
      ? one.names.map((text, i) => ({ label: i + 1, name: text }))
      : Object.entries(one.names_by_label ?? {}).map(([label, text]) => ({
          label: Number(label),
          name: text,
        }));
    const options = { captionPrompt, suppress, chunk: chunk === -1 ? undefined : chunk };
    return comparePrompts(`${name} ${one.name}`, categoryPrompts(categories, options), one.prompts);
  });
}

/** Prompts of the 1203 names of LVIS. */
export function checkLvisPrompts(
  name: string,
  expected: {
    readonly names: readonly string[];
    readonly chunk: number;
    readonly n_prompts: number;
    readonly n_tokens: readonly number[];
    readonly captions: readonly string[];
    readonly positive_maps: readonly (readonly (readonly number[])[])[];
  },
): Row[] {
  const categories = expected.names.map((text, i) => ({ label: i + 1, name: text }));
  const prompts = categoryPrompts(categories, { chunk: expected.chunk });
  const recorded = expected.captions.map((caption, p): ExpectedPrompt => {
    const maps = expected.positive_maps[p].map((tokens, i) => [String(p * expected.chunk + i + 1), tokens]);
    return { caption, n_tokens: expected.n_tokens[p], positive_map: Object.fromEntries(maps) };
  });
  return [
    compareValues(`${name} prompts`, prompts.length, expected.n_prompts),
    ...comparePrompts(name, prompts, recorded),
  ];
}

/** Captions, their lengths in tokens, and the tokens of each label. */
export function comparePrompts(
  name: string,
  actual: readonly CategoryPrompt[],
  expected: readonly ExpectedPrompt[],
): Row[] {
  const tokenizer = bertTokenizer();
  const rows = [compareValues(`${name} number of prompts`, actual.length, expected.length)];
  for (const [p, { caption, spans }] of actual.entries()) {
    const encoding = tokenizer.encode(caption);
    const maps = spans
      .filter(({ span: [start, end] }) => start < end)
      .map(({ label, span }) => [String(label), tokensOfSpan(encoding, span)] as const)
      .filter(([, tokens]) => tokens.length > 0);
    const label = `${name} prompt ${p + 1}`;
    rows.push(compareValues(label, caption, expected[p]?.caption));
    rows.push(compareValues(`${label} length`, encoding.ids.length, expected[p]?.n_tokens));
    const tokensOf = Object.entries(expected[p]?.positive_map ?? {}).filter(
      ([, tokens]) => tokens.length > 0,
    );
    rows.push(compareValues(`${label} tokens`, Object.fromEntries(maps), Object.fromEntries(tokensOf)));
  }
  return rows;
}

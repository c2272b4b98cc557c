import type { Span } from '@glip-wgpu/bert';
import { SEPARATOR } from '@glip-wgpu/glip-core';
import { type CategoryNames, worded } from './category-names.ts';
import type { Wording } from './prompt-options.ts';
import type { NamedBox, SamplePrompt } from './sampled-prompt.ts';

/** The prompt of all names in order, as in evaluation. */
export interface FixedPrompt {
  readonly text: string;
  /** Of each name. */
  readonly spans: readonly Span[];
}

export function fixedPrompt(names: CategoryNames, wording: Readonly<Record<string, Wording>>): FixedPrompt {
  let text = '';
  const spans = names.all.map(({ text: name, category }, i): Span => {
    if (i > 0) text += SEPARATOR;
    const { text: words, span } = worded(name, wording[category]);
    const start = text.length;
    text += words;
    return [start + span[0], start + span[1]];
  });
  return { text, spans };
}

/** Names each box by its category. */
export function withBoxes(
  prompt: FixedPrompt,
  names: CategoryNames,
  boxes: readonly NamedBox[],
): SamplePrompt {
  return {
    text: prompt.text,
    spans: boxes.map(({ category }) => {
      const index = names.indexOf(category);
      return index === undefined ? [] : [prompt.spans[index]];
    }),
  };
}

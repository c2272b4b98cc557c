import type { Span } from '@glip-wgpu/bert';
import type { OtherCaptionRules } from './prompt-options.ts';
import type { Random } from './random.ts';
import type { SamplePrompt } from './sampled-prompt.ts';

/** Number of other captions for an image, spec 4.6. */
export function otherCaptionCount({ none, full, max, fewer }: OtherCaptionRules, random: Random): number {
  if (random.chance(none)) return 0;
  return random.chance(full) ? max : random.whole(fewer);
}

/**
 * A caption among others, in random order, each with a full stop and a space behind it, spec 4.6: other captions are
 * added in their order where they fit.
 *
 * @param lengthOf  tokens of a text, with [CLS] and [SEP]
 * @param limit     tokens of a prompt, with [CLS] and [SEP]
 */
export function packedCaptions(
  caption: string,
  spans: readonly (readonly Span[])[],
  others: readonly string[],
  { lengthOf, limit }: { readonly lengthOf: (text: string) => number; readonly limit: number },
  random: Random,
): SamplePrompt {
  let left = limit - lengthOf(caption);
  const added: string[] = [];
  for (const other of others) {
    const length = lengthOf(other);
    if (length >= left) continue;
    left -= length;
    added.push(other);
  }
  if (added.length === 0) return { text: caption, spans };
  let [text, start] = ['', 0];
  for (const i of random.shuffled([-1, ...added.keys()])) {
    const part = i < 0 ? caption : added[i];
    if (i < 0) start = text.length;
    text += `${part}${part.endsWith('.') ? '' : '.'} `;
  }
  const shifted = spans.map((ofBox) => ofBox.map(([from, to]): Span => [start + from, start + to]));
  return { text, spans: shifted };
}

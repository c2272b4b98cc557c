import { tokensOfSpan } from '@glip-wgpu/bert';
import type { CategoryPrompt, Glip, ImageInput } from '@glip-wgpu/glip-core';
import type { PromptedBox } from './data-set.ts';

/** A prompt whose spans all have tokens, with its place among the image's prompts. */
interface FindablePrompt extends CategoryPrompt {
  readonly place: number;
}

/**
 * Finds the labels of several prompts in an image: all that the model keeps by its own thresholds, prompt after prompt. The
 * image is encoded once. Labels without tokens, such as names of which nothing is left, are never found, as in the original.
 */
export async function detectPrompts(
  glip: Glip,
  image: ImageInput,
  prompts: readonly CategoryPrompt[],
  options: { readonly limitPerPass?: number | undefined; readonly signal?: AbortSignal | undefined },
): Promise<PromptedBox[]> {
  const findable = prompts.flatMap((prompt, place) => findablePrompt(glip, prompt, place));
  if (findable.length === 0) return [];
  const captions = findable.map(({ caption, spans }) => ({ caption, spans: spans.map(({ span }) => span) }));
  const found = await glip.detect(image, { captions }, { threshold: 0, ...options });
  const owners = new Map<string, { readonly prompt: number; readonly label: number }>();
  let start = 0;
  for (const { caption, spans, place } of findable) {
    for (const { label, span } of spans) {
      owners.set(`${start + span[0]},${start + span[1]}`, { prompt: place, label });
    }
    start += caption.length + 1; // captions are lines of the whole prompt
  }
  const boxes = found.map(({ span, box, score }): PromptedBox => {
    const owner = owners.get(`${span[0]},${span[1]}`);
    if (owner === undefined) throw new Error(`a detection of the span ${span}, which no prompt has`);
    return { ...owner, box, score };
  });
  return boxes.sort((a, b) => a.prompt - b.prompt); // stable: best first in each prompt
}

const findablePrompts = new WeakMap<CategoryPrompt, readonly FindablePrompt[]>();

function findablePrompt(glip: Glip, prompt: CategoryPrompt, place: number): readonly FindablePrompt[] {
  const known = findablePrompts.get(prompt);
  if (known) return known.map((one) => ({ ...one, place }));
  const encoding = glip.tokenizer.encode(prompt.caption);
  const spans = prompt.spans.filter(
    ({ span }) =>
      span[0] < span[1] &&
      /[\p{L}\p{N}]/u.test(prompt.caption.slice(...span)) &&
      tokensOfSpan(encoding, span).length > 0,
  );
  const findable = spans.length > 0 ? [{ caption: prompt.caption, spans, place }] : [];
  findablePrompts.set(prompt, findable);
  return findable;
}

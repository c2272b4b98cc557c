import { PromptError } from '../errors.ts';

/** Longest caption or name in UTF-16 units: far more than the model reads at once, and planned within a second. */
const MAX_TEXT_LENGTH = 100_000;

/** @throws PromptError for a text that is longer */
export function expectLength(argument: string, text: string): void {
  if (text.length <= MAX_TEXT_LENGTH) return;
  throw new PromptError(
    argument,
    `has ${text.length} characters, the limit is ${MAX_TEXT_LENGTH}; split it into several prompts`,
  );
}

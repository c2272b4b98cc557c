import type { WordPiece } from '@glip-wgpu/bert';
import { type GlipConfig, type PromptInput, type PromptPlan, planPrompt } from '@glip-wgpu/glip-core';
import type { Settings } from '../state/settings.ts';
import { parseList } from './parse-list.ts';

type Wording = Pick<Settings, 'mode' | 'list' | 'caption' | 'spans'>;

/** The prompt of the settings, in the form that the user chose; nothing is guessed. */
export function promptOf({ mode, list, caption, spans }: Wording): PromptInput {
  if (mode === 'categories') return { categories: parseList(list) };
  return mode === 'caption' ? { caption } : { caption, spans };
}

/** Plan of a prompt: phrases, tokens and passes, or the error that prevents it. */
export type Reading =
  | { readonly plan: PromptPlan; readonly tokens: number; readonly maxTokens: number }
  | { readonly problem: string }
  | undefined;

export interface Reader {
  readonly tokenizer: WordPiece;
  readonly config: GlipConfig;
  readonly words: ReadonlySet<string> | undefined;
}

const MAX_LIVE_TEXT = 20_000; // characters: longer texts are read when they are searched for

export function readingOf(wording: Wording, { tokenizer, config, words }: Reader): Reading {
  const text = wording.mode === 'categories' ? wording.list : wording.caption;
  if (text.length > MAX_LIVE_TEXT) return undefined;
  if (text.trim() === '') return { problem: '' };
  try {
    const { maxTokens } = config.text;
    const plan = planPrompt(promptOf(wording), tokenizer, { maxTokens, seenWords: words });
    const tokens = plan.chunks.reduce((sum, { encoding }) => sum + encoding.ids.length, 0);
    return { plan, tokens, maxTokens };
  } catch (error) {
    return { problem: error instanceof Error ? error.message.replace(/^prompt: /, '') : String(error) };
  }
}

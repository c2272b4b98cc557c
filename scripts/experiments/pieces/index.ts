import type { PieceResult, PieceRun } from '../piece.ts';
import { evaluate, label, promptsEvaluate, train } from './commands.ts';
import { emojiWords } from './emoji-words.ts';
import { initialModel } from './initial-model.ts';

type Work = (run: PieceRun) => Promise<Omit<PieceResult, 'key' | 'seconds'>>;

/** Kinds of pieces. */
export const PIECES: Readonly<Record<string, Work>> = {
  'emoji-words': emojiWords,
  model: initialModel,
  train,
  label,
  evaluate,
  prompts: promptsEvaluate,
};

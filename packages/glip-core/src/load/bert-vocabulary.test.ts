import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WordPiece } from '@glip-wgpu/bert';
import { expect, it, vi } from 'vitest';
import { bertVocabularyText } from './bert-vocabulary.ts';

it("BERT's vocabulary comes from its package: offline, from an empty cache, without a request", async () => {
  const cache = mkdtempSync(join(tmpdir(), 'glip-vocabulary-'));
  const fetch = vi.spyOn(globalThis, 'fetch');
  const text = await bertVocabularyText({ cache, offline: true });
  expect(fetch).not.toHaveBeenCalled();
  rmSync(cache, { recursive: true });
  expect(WordPiece.fromVocab(text).vocabSize).toBe(30522);
});

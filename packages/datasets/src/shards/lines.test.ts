import { expect, it } from 'vitest';
import { memoryFiles } from '../read/files.ts';
import { linesOf } from './lines.ts';

it('lines longer than what is read at once are whole, with their places in bytes', async () => {
  const lines = ['é'.repeat(700_000), '', 'b', 'é'.repeat(1_500_000), 'last'];
  const files = memoryFiles({ 'a.jsonl': lines.join('\n') });
  const found: string[] = [];
  const begins: number[] = [];
  for await (const { text, begin, end } of linesOf(files, 'a.jsonl')) {
    found.push(text);
    begins.push(begin, end);
  }
  expect(found).toEqual(lines);
  const ends = [1_400_001, 1_400_002, 1_400_004, 4_400_005, 4_400_009];
  expect(begins).toEqual(ends.flatMap((end, i) => [i === 0 ? 0 : ends[i - 1], end]));
  for await (const { text } of linesOf(files, 'a.jsonl', { begin: ends[1], end: ends[2] })) {
    expect(text).toBe('b');
  }
});

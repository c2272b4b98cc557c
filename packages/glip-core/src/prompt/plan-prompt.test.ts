import { type Span, WordPiece } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import { PromptError } from '../errors.ts';
import { fixtureJson } from '../testing/fixtures.ts';
import { planPrompt, tokensOfSpans } from './plan-prompt.ts';
import type { PromptInput } from './prompt-input.ts';

interface TextFixture {
  readonly vocab: string[];
  readonly queries: {
    labels: number[];
    names: string[];
    separation: string;
    query: string;
    input_ids: number[];
    label_to_tokens: Record<string, number[]>;
  }[];
  readonly positive_maps: { text: string; tokens_positive: Span[][]; rows_nonzero: { tokens: number[] }[] }[];
}

const text = fixtureJson('units/text') as TextFixture;
const tokenizer = WordPiece.fromPieces(text.vocab);
const plan = (prompt: PromptInput, maxTokens = 24, maxCategories = 0) =>
  planPrompt(prompt, tokenizer, { maxTokens, maxCategories });
const labels = (prompt: PromptInput) =>
  plan(prompt).chunks.flatMap(({ phrases }) => phrases.map(({ label }) => label));

describe('the tokens of phrases', () => {
  it.each(text.positive_maps)('are those of the original in "$text"', (map) => {
    const encoding = tokenizer.encode(map.text);
    const rows = map.tokens_positive.map((spans) => tokensOfSpans(encoding, spans));
    expect(rows).toEqual(map.rows_nonzero.map(({ tokens }) => tokens));
  });

  it.each(text.queries.filter(({ separation }) => separation === '. '))(
    'are those of the original for categories: $query',
    (query) => {
      const { chunks } = plan({ categories: query.names });
      expect(chunks).toHaveLength(1);
      expect(chunks[0]?.phrases.map(({ label }) => label)).toEqual(query.names);
      expect(chunks[0]?.phrases.map(({ tokens }) => tokens)).toEqual(
        query.labels.map((label) => query.label_to_tokens[label]),
      );
      expect(chunks[0]?.encoding.ids).toEqual(query.input_ids);
    },
  );
});

describe('a prompt of categories', () => {
  it('keeps the spans of the names, without a separator at the end', () => {
    const { text: prompt, chunks, warnings } = plan({ categories: ['person', 'traffic light'] });
    expect(prompt).toBe('person. traffic light');
    expect(chunks[0]).toMatchObject({ text: prompt, start: 0 });
    expect(chunks[0]?.phrases).toMatchObject([
      { label: 'person', span: [0, 6], tokens: [1] },
      { label: 'traffic light', span: [8, 21], tokens: [3, 4] },
    ]);
    expect(warnings).toEqual([]);
  });

  it('takes names as they are typed: case, spaces, full stops, underscores, parentheses', () => {
    const categories = [' Dog. ', 'traffic_light', 'bear (teddy)', 'cell\n phone'];
    const { text: prompt } = plan({ categories });
    expect(prompt).toBe('Dog. traffic light. bear. cell phone');
    expect(labels({ categories })).toEqual(categories);
  });

  it('searches a name given twice once, and says so', () => {
    const { chunks, warnings } = plan({ categories: ['dog', 'cat', 'Dog', 'dog.'] });
    expect(chunks[0]?.phrases.map(({ label }) => label)).toEqual(['dog', 'cat']);
    expect(warnings).toEqual([
      { kind: 'duplicate', message: '"Dog" is searched once, as "dog"', span: [0, 3] },
      { kind: 'duplicate', message: '"dog." is searched once, as "dog"', span: [0, 3] },
    ]);
  });

  it('warns of words that the vocabulary lacks', () => {
    const { warnings } = plan({ categories: ['cat', 'red qq'] });
    expect(warnings).toMatchObject([{ kind: 'unknown-word', span: [9, 11] }]);
    expect(warnings[0]?.message).toContain('"qq" is not in the vocabulary');
  });

  it('takes special tokens as text', () => {
    const { chunks } = plan({ categories: ['[SEP] dog', '[MASK]'] });
    const ids = chunks[0]?.encoding.ids ?? [];
    expect(ids.filter((id) => id === text.vocab.indexOf('[SEP]'))).toHaveLength(1);
    expect(ids.at(-1)).toBe(text.vocab.indexOf('[SEP]'));
  });
});

describe('a prompt that is too long', () => {
  const categories = ['person', 'bicycle', 'traffic light', 'fire hydrant', 'stop sign', 'dog'];

  it('is divided between phrases, in order, each chunk within the limit', () => {
    const { text: prompt, chunks } = plan({ categories }, 8);
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      'person. bicycle. traffic light',
      'fire hydrant. stop sign',
      'dog',
    ]);
    for (const chunk of chunks) {
      expect(chunk.encoding.ids.length).toBeLessThanOrEqual(8);
      expect(prompt.slice(chunk.start, chunk.start + chunk.text.length)).toBe(chunk.text);
      for (const { label, span, tokens } of chunk.phrases) {
        expect(prompt.slice(...span)).toBe(label);
        const [first, last] = [tokens[0] ?? 0, tokens.at(-1) ?? 0];
        const words = chunk.text.slice(chunk.encoding.offsets[first]?.[0], chunk.encoding.offsets[last]?.[1]);
        expect(words).toBe(label);
      }
    }
  });

  it('is not divided when it just fits', () => {
    const { encoding } = plan({ categories }).chunks[0] ?? {};
    const tokens = encoding?.ids.length ?? 0;
    expect(plan({ categories }, tokens).chunks).toHaveLength(1);
    expect(plan({ categories }, tokens - 1).chunks).toHaveLength(2);
  });

  it('is divided by number of categories too, captions are not', () => {
    expect(plan({ categories }, 24, 4).chunks.map(({ phrases }) => phrases.length)).toEqual([4, 2]);
    expect(plan({ caption: 'a dog, a cat and a cow' }, 24, 1).chunks).toHaveLength(1);
  });

  it('names the phrase that cannot fit', () => {
    const read = () => plan({ categories: ['dog', 'the unbelievable walking umbrella'] }, 8);
    expect(read).toThrow(PromptError);
    expect(read).toThrow('prompt: categories[1] has 9 tokens, the limit is 8;');
  });

  it('if a caption, is divided between its phrases, with the words between them', () => {
    const caption = 'a woman holding a red umbrella and the dog walking on a cat';
    const { chunks } = plan({ caption }, 8);
    expect(chunks.map((chunk) => chunk.text)).toEqual([
      'woman holding a red umbrella',
      'dog walking on a cat',
    ]);
    expect(chunks[1]?.phrases).toMatchObject([
      { label: 'dog', span: [39, 42], tokens: [1] },
      { label: 'cat', span: [56, 59], tokens: [6] },
    ]);
  });

  it('never cuts spans that overlap, nor a word', () => {
    const caption = 'the red umbrella holding unbelievable dog';
    const prompt = {
      caption,
      spans: [
        [4, 16],
        [8, 24],
        [29, 33],
      ] as const,
    };
    expect(plan(prompt, 6).chunks.map((chunk) => chunk.text)).toEqual([
      'red umbrella holding',
      'unbelievable',
    ]);
    expect(plan(prompt, 6).chunks[1]?.phrases[0]).toMatchObject({ label: 'liev', tokens: [2] });
    expect(() => plan(prompt, 4)).toThrow('spans[0] has 5 tokens with the spans that overlap it');
  });
});

describe('a caption', () => {
  it('has the phrases that are found', () => {
    const { text: prompt, chunks } = plan({ caption: 'A woman holding a RED umbrella!' });
    expect(prompt).toBe('A woman holding a RED umbrella!');
    expect(chunks[0]?.phrases).toMatchObject([
      { label: 'woman', span: [2, 7], tokens: [2] },
      { label: 'RED umbrella', span: [18, 30], tokens: [5, 6] },
    ]);
  });

  it('keeps the same words at two places apart', () => {
    expect(labels({ caption: 'a dog and a dog' })).toEqual(['dog', 'dog']);
  });

  it('has the phrases of given spans, in their order, which may overlap', () => {
    const caption = 'the red umbrella';
    const { chunks } = plan({
      caption,
      spans: [
        [8, 16],
        [4, 16],
        [4, 7],
      ],
    });
    expect(chunks[0]?.phrases.map(({ label, tokens }) => [label, tokens])).toEqual([
      ['umbrella', [3]],
      ['red umbrella', [2, 3]],
      ['red', [2]],
    ]);
  });

  it('merges a span given twice', () => {
    const { chunks, warnings } = plan({
      caption: 'the dog',
      spans: [
        [4, 7],
        [4, 7],
      ],
    });
    expect(chunks[0]?.phrases).toHaveLength(1);
    expect(warnings).toEqual([{ kind: 'duplicate', message: 'spans[1] repeats "dog"', span: [4, 7] }]);
  });
});

describe('several captions', () => {
  const first = {
    caption: 'bow . cat',
    spans: [
      [0, 3],
      [6, 9],
    ] as const,
  };
  const second = { caption: 'cat', spans: [[0, 3]] as const };

  it('are passes of their own, with positions in the whole prompt, and labels as often as they are given', () => {
    const both = plan({ captions: [first, second] });
    expect(both.text).toBe('bow . cat\ncat');
    expect(both.targets.map(({ label }) => label)).toEqual(['bow', 'cat', 'cat']);
    expect(both.chunks.map(({ text: own, start }) => [own, start])).toEqual([
      ['bow . cat', 0],
      ['cat', 10],
    ]);
    const phrases = both.chunks.flatMap((chunk) => chunk.phrases);
    expect(phrases.map(({ target }) => target)).toEqual([0, 1, 2]);
    for (const { span, label } of phrases) expect(both.text.slice(...span)).toBe(label);
    expect(both.chunks[0].encoding.ids).toEqual(plan(first).chunks[0].encoding.ids);
    expect(both.chunks[1].phrases[0].tokens).toEqual(plan(second).chunks[0].phrases[0].tokens);
  });

  it('name the one that is refused', () => {
    expect(() => plan({ captions: [] })).toThrow('prompt: captions are [], expected a list');
    const cut = { ...second, spans: [[0, 9]] as const };
    expect(() => plan({ captions: [first, cut] })).toThrow('prompt: captions[1].spans[0] is [0,9]');
    const mixed = { captions: [first], categories: ['cat'] } as unknown as PromptInput;
    expect(() => plan(mixed)).toThrow('has captions and categories');
  });
});

import { WordPiece } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import { PromptError } from '../errors.ts';
import { fixtureJson } from '../testing/fixtures.ts';
import { planPrompt } from './plan-prompt.ts';
import type { PromptInput } from './prompt-input.ts';

const { vocab } = fixtureJson('units/text') as { vocab: string[] };
const tokenizer = WordPiece.fromPieces(vocab);
const plan = (prompt: unknown) => planPrompt(prompt as PromptInput, tokenizer, { maxTokens: 32 });

const names = (...categories: unknown[]) => ({ categories });
const caption = (text: string) => ({ caption: text });

describe('a suspicious prompt is refused with the reason:', () => {
  it.each([
    ['nothing', names(''), 'expected words'],
    ['blanks', names(' \t\n'), 'expected words'],
    ['full stops', names('...'), 'expected words'],
    ['separators', names(' . '), 'expected words'],
    ['a name behind an empty one', names('dog', ' '), 'categories[1]'],
    ['NUL', names('\0'), 'expected words'],
    ['a byte order mark', names('\ufeff'), 'expected words'],
    ['zero width characters', names('\u200b\u200d\u2060'), 'expected words'],
    ['half a surrogate pair', names('\ud83d'), 'expected words'],
    ['the other half', names('\ude00'), 'expected words'],
    ['combining marks without a letter', names('\u0301\u0302'), 'expected words'],
    ['text direction marks', names('\u202e\u2066\u2069'), 'expected words'],
    ['99 000 combining marks', names(`dog${'\u0301'.repeat(99_000)}`), 'has no tokens'],
    ['a command of a shell', names('$(id)'), 'text in parentheses is ignored: "$" is left'],
    ['a list in a list', names(['dog']), 'expected text or'],
    ['a Map', names(new Map()), 'categories[0].label is undefined'],
    ['a function', { categories: () => ['dog'] }, 'expected a list'],
    ['a text as categories', { categories: 'dog' }, 'expected a list'],
    ['a name of 100 words', names('dog '.repeat(100)), 'has 102 tokens, the limit is 32'],
    ['a name of 100 000 characters', names('dog '.repeat(25_000)), 'has 25002 tokens, the limit is 32'],
    [
      'a name of one more',
      names(`${'dog '.repeat(25_000)}s`),
      '[0] has 100001 characters, the limit is 100000',
    ],
    [
      'a name of 1 MB for a label',
      names({ label: 'dog', names: ['dog '.repeat(250_000)] }),
      'categories[0].names[0] has 1000000 characters',
    ],
    ['a prefix of 1 MB', names({ label: 'dog', prefix: ' '.repeat(1_000_000) }), 'categories[0].prefix has'],
    ['a caption of blanks', caption('  '), 'expected words'],
    ['a caption of 99 000 characters without a noun', caption('is '.repeat(33_000)), 'has no noun phrase'],
    ['a caption of 1 MB', caption('a dog and '.repeat(100_000)), 'caption has 1000000 characters'],
    [
      'a caption of 200 000 special tokens',
      caption('[SEP]'.repeat(200_000)),
      'caption has 1000000 characters, the limit is 100000; split it into several prompts',
    ],
    [
      'a caption of 1 MB with spans',
      { ...caption('dog '.repeat(250_000)), spans: [[0, 3]] },
      'caption has 1000000 characters',
    ],
    ['both forms', { categories: ['dog'], caption: 'a dog' }, 'not both'],
    ['a span in reverse', { caption: 'a dog', spans: [[5, 2]] }, 'spans[0]'],
    ['a span that is not a number', { caption: 'a dog', spans: [[Number.NaN, 2]] }, 'spans[0]'],
    ['a span without end', { caption: 'a dog', spans: [[2, Number.POSITIVE_INFINITY]] }, 'spans[0]'],
    ['a finder that is none', { caption: 'a dog', nounPhrases: ['dog'] }, 'expected a function'],
    ['a finder that finds text', { caption: 'a dog', nounPhrases: () => 'dog' }, 'expected a list'],
    [
      'a finder that finds too much',
      { caption: 'a dog', nounPhrases: () => [[2, 9]] },
      'nounPhrases(caption)[0]',
    ],
    ['a finder that finds nothing', { caption: 'a dog', nounPhrases: () => [] }, 'has no noun phrase'],
    ['a finder for names', { categories: ['dog'], nounPhrases: () => [] }, 'apply to a caption'],
    [
      'a finder beside spans',
      { caption: 'a dog', spans: [[2, 5]], nounPhrases: () => [] },
      'spans are given',
    ],
  ])('%s', (_, prompt, message) => {
    expect(() => plan(prompt)).toThrow(PromptError);
    expect(() => plan(prompt)).toThrow(message);
  });
});

describe('a suspicious prompt is read as it stands:', () => {
  it.each([
    ['a name with NUL', names('do\0g'), ['do\0g'], 'do\0g'],
    [
      'special tokens',
      names('[SEP]', '[CLS] dog', '[MASK]'),
      ['[SEP]', '[CLS] dog', '[MASK]'],
      '[SEP]. [CLS] dog. [MASK]',
    ],
    [
      'names of object members',
      names('__proto__', 'constructor', 'toString'),
      ['__proto__', 'constructor', 'toString'],
      'proto. constructor. toString',
    ],
    ['markup', names('<b>dog</b>', '&amp;'), ['<b>dog</b>', '&amp;'], '<b>dog</b>. &amp'],
    ['a formula', names('=1+1'), ['=1+1'], '=1+1'],
    ['stops inside', names('a . . b'), ['a . . b'], 'a . . b'],
    [
      'marks behind a letter',
      names('dog\u0315\u0349\u0330'),
      ['dog\u0315\u0349\u0330'],
      'dog\u0315\u0349\u0330',
    ],
    [
      '20 marks in front and behind',
      names(`${'\u0301'.repeat(20)}dog${'\u0330'.repeat(20)}`),
      [`${'\u0301'.repeat(20)}dog${'\u0330'.repeat(20)}`],
      `${'\u0301'.repeat(20)}dog${'\u0330'.repeat(20)}`,
    ],
    ['a name twice in other case', names('Dog', 'dog', 'DOG'), ['Dog'], 'Dog'],
    [
      'a name twice in other spelling of an accent',
      names('caf\u00e9', 'cafe\u0301'),
      ['caf\u00e9'],
      'caf\u00e9',
    ],
    ['a Turkish i', names('\u0130ris', 'iris'), ['\u0130ris', 'iris'], '\u0130ris. iris'],
    ['a family of emoji', names('👨‍👩‍👧'), ['👨‍👩‍👧'], '👨‍👩‍👧'],
    ['Chinese', names('猫', '狗'), ['猫', '狗'], '猫. 狗'],
    ['right to left', names('كلب'), ['كلب'], 'كلب'],
    ['a direction override', names('\u202edog'), ['\u202edog'], '\u202edog'],
    ['a word of 200 letters', names('x'.repeat(200)), ['x'.repeat(200)], 'x'.repeat(200)],
    ['a half pair in a word', names('dog\ud83d'), ['dog\ud83d'], 'dog\ud83d'],
    ['line ends', names('traffic\r\nlight'), ['traffic\r\nlight'], 'traffic light'],
    ['a caption of one word', caption('dog'), ['dog'], 'dog'],
    ['a caption in capitals', caption('A DOG!'), ['DOG'], 'A DOG!'],
    [
      'a caption with special tokens',
      caption('a dog [SEP] a cat'),
      ['dog', 'SEP', 'cat'],
      'a dog [SEP] a cat',
    ],
  ])('%s', (_, prompt, labels, text) => {
    const { text: read, targets, chunks } = plan(prompt);
    expect(read).toBe(text);
    expect(targets.map(({ label }) => label)).toEqual(labels);
    for (const { encoding, phrases } of chunks) {
      expect(encoding.ids.filter((id) => id === vocab.indexOf('[SEP]'))).toHaveLength(1);
      for (const { tokens } of phrases) expect(tokens.length).toBeGreaterThan(0);
    }
  });

  it.each([
    ['a name', names('[SEP]'.repeat(20_000))],
    ['a caption', caption('[SEP]'.repeat(20_000))],
  ])('%s of as many special tokens as allowed takes little time', (what, prompt) => {
    const before = process.cpuUsage();
    if (what === 'a name') expect(() => plan(prompt)).toThrow('tokens, the limit is 32');
    else expect(plan(prompt).chunks.length).toBeGreaterThan(0);
    const { user } = process.cpuUsage(before);
    expect(user / 1e6).toBeLessThan(5); // of processor time: ten times what a quiet machine needs
  });

  it('10 000 names, in as many passes as they need', () => {
    const categories = Array.from({ length: 10_000 }, (_, i) => `dog ${i}`);
    const { chunks } = plan({ categories });
    expect(chunks.flatMap(({ phrases }) => phrases)).toHaveLength(10_000);
    for (const { encoding } of chunks) expect(encoding.ids.length).toBeLessThanOrEqual(32);
  });

  it('a caption of 100 000 characters, in as many passes as it needs', () => {
    const { chunks } = plan(caption('a dog and '.repeat(10_000)));
    expect(chunks.flatMap(({ phrases }) => phrases)).toHaveLength(10_000);
  });
});

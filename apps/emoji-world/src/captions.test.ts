import { describe, expect, it } from 'vitest';
import { type CaptionKind, captionOf, type Named } from './captions.ts';
import { type Color, NOUNS } from './nouns.ts';
import { Random } from './random.ts';

const SIZE = 160;

/** A thing of 20 pixels with its center at (x, y). */
function thing(name: string, x: number, y: number, color?: Color, side = 20): Named {
  const noun = NOUNS.find((one) => one.name === name);
  if (!noun) throw new Error(`no noun is called ${name}`);
  return { noun, box: [x - side / 2, y - side / 2, side, side], ...(color ? { color } : {}) };
}

function captions(things: readonly Named[], kind: CaptionKind) {
  return Array.from({ length: 60 }, (_, i) => captionOf(things, kind, SIZE, new Random(1, 0, i)));
}

/** For each thing, the words that name it. */
const wordsOf = ({ text, spans }: ReturnType<typeof captionOf>) =>
  spans.map((ranges) => ranges.map(([begin, end]) => text.slice(begin, end)));

describe('a list', () => {
  it('names like things together, with articles, numbers and plurals', () => {
    const things = [
      thing('mouse', 20, 20),
      thing('owl', 80, 20, 'orange'),
      thing('mouse', 20, 80),
      thing('scissors', 80, 80),
      thing('unicorn', 120, 120),
    ];
    for (const caption of captions(things, 'list')) {
      expect(caption.text.replace(/^(look at|we see|a picture of) /, '')).toBe(
        'two mice, an orange owl, some scissors and a unicorn .',
      );
      expect(wordsOf(caption)).toEqual([['mice'], ['orange owl'], ['mice'], ['scissors'], ['unicorn']]);
    }
  });
});

describe('a relation', () => {
  it('names every thing, and tells one from another by its place', () => {
    const things = [thing('dog', 20, 80), thing('car', 80, 80, 'blue'), thing('dog', 140, 80)];
    for (const caption of captions(things, 'relation')) {
      expect(caption.kind).toBe('relation');
      expect(wordsOf(caption)).toEqual([['dog'], ['blue car'], ['dog']]);
      expect(caption.text).toMatch(/a dog (to the )?(left|right) of a blue car and another dog \.$/);
      const left = caption.text.includes('left');
      const [first, second] = [caption.spans[0][0][0], caption.spans[2][0][0]];
      expect(first < second).toBe(left);
    }
  });

  it('is a list where no place is clear', () => {
    const close = [thing('dog', 80, 80), thing('car', 96, 92)];
    for (const caption of captions(close, 'relation')) expect(caption.kind).toBe('list');
  });
});

describe('a referring caption', () => {
  it('means one thing of several alike, and no other', () => {
    const things = [thing('dog', 20, 80), thing('car', 80, 80), thing('dog', 140, 80)];
    for (const caption of captions(things, 'referring')) {
      expect(caption.kind).toBe('referring');
      const [left, , right] = wordsOf(caption);
      expect(left.join()).toMatch(/^(|dog|leftmost dog)$/);
      expect(right.join()).toMatch(/^(|dog|rightmost dog)$/);
      expect(caption.spans[0].length > 0).toBe(caption.text.includes('left'));
      expect(caption.spans[2].length > 0).toBe(caption.text.includes('right'));
    }
  });

  it('says nothing that holds of two', () => {
    const things = [thing('dog', 20, 20), thing('dog', 24, 140), thing('car', 120, 80)];
    for (const { text } of captions(things, 'referring'))
      expect(text).not.toMatch(/dog (to the )?left of|leftmost/);
  });

  it('does not say the same twice the other way round', () => {
    const things = [thing('dog', 80, 20), thing('car', 80, 140)];
    for (const { text } of captions(things, 'referring')) expect(text.match(/dog/g)).toHaveLength(1);
  });

  it('compares sizes', () => {
    const things = [thing('dog', 60, 80, undefined, 70), thing('dog', 70, 75, undefined, 30)];
    const texts = new Set(
      captions(things, 'referring').map(({ text }) => text.replace(/^(find|look at) /, '')),
    );
    expect([...texts].sort()).toEqual(['the larger dog .', 'the smaller dog .']);
  });
});

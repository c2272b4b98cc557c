import type { AnnotatedImage, LabeledBox } from '@glip-wgpu/datasets';
import type { PromptInput } from '@glip-wgpu/glip-core';
import { describe, expect, it } from 'vitest';
import { type CompareOptions, compareWordings } from './compare-wordings.ts';

const place = { file: 'test' };
const CATEGORIES = [
  { id: 1, name: 'RBC' },
  { id: 2, name: 'WBC' },
];
const image = (path: string, category: string): AnnotatedImage => ({
  ...{ path, width: 100, height: 100, place },
  annotations: [{ category, box: [10, 10, 50, 50], spans: [], crowd: false, difficult: false, place }],
});
const IMAGES = [image('a.png', 'RBC'), image('b.png', 'WBC')];

/** Finds a category only under words that it knows. */
const KNOWN = new Map([
  ['red cell', 'a.png'],
  ['red cell, flat', 'a.png'],
  ['WBC', 'b.png'],
]);
const prompts: string[] = [];
async function detect(path: string, { categories = [] }: PromptInput): Promise<LabeledBox[]> {
  const worded = categories.flatMap((one) =>
    typeof one === 'string'
      ? []
      : [{ label: one.label, text: `${one.prefix ?? ''}${one.names?.[0] ?? one.label}${one.suffix ?? ''}` }],
  );
  prompts.push(`${path}: ${worded.map(({ text }) => text).join(' | ')}`);
  return worded
    .filter(({ text }) => KNOWN.get(text) === path)
    .map(({ label }) => ({ label, box: [10, 10, 49, 49], score: 0.9 }));
}
const compare = (changes: Partial<CompareOptions<string>> = {}) =>
  compareWordings<string>({
    images: IMAGES,
    categories: CATEGORIES,
    wordings: { RBC: ['cell', 'red cell', { name: 'red cell', suffix: ', flat' }], WBC: ['white cell'] },
    read: async ({ path }) => path,
    detect,
    ...changes,
  });

describe('wordings of a prompt', () => {
  it('are measured with the names of all other categories, then the best ones together', async () => {
    const { wordings, best, figures } = await compare();
    expect(wordings.map(({ wording, figures: { AP }, AP: mean }) => [wording, AP, mean])).toEqual([
      ['RBC', 0, expect.closeTo(0.5, 9)],
      ['cell', 0, expect.closeTo(0.5, 9)],
      ['red cell', expect.closeTo(1, 9), expect.closeTo(1, 9)],
      [{ name: 'red cell', suffix: ', flat' }, expect.closeTo(1, 9), expect.closeTo(1, 9)],
      ['WBC', expect.closeTo(1, 9), expect.closeTo(0.5, 9)],
      ['white cell', 0, 0],
    ]);
    expect(best).toEqual([{ label: 'RBC', names: ['red cell'] }, { label: 'WBC' }]);
    expect(figures.names.AP).toBeCloseTo(0.5, 9);
    expect(figures.best.AP).toBeCloseTo(1, 9);
    expect(prompts).toContain('a.png: red cell, flat | WBC');
    expect(prompts).toContain('b.png: RBC | white cell');
  });

  it('read each image once for all of them, and once for the best ones', async () => {
    const reads: string[] = [];
    const read = async ({ path }: AnnotatedImage): Promise<string> => {
      reads.push(path);
      return path;
    };
    await compare({ read });
    expect(reads).toEqual(['a.png', 'b.png', 'a.png', 'b.png']);
  });

  it('are chosen on some images, and measured on others as well', async () => {
    const { best, figures, report } = await compare({ images: [IMAGES[0]], reportImages: IMAGES });
    expect(best).toEqual([{ label: 'RBC', names: ['red cell'] }, { label: 'WBC' }]);
    expect(figures.names.AP).toBe(0);
    expect(report?.names.AP).toBeCloseTo(0.5, 9);
    expect(report?.best.AP).toBeCloseTo(1, 9);
    expect((await compare()).report).toBeUndefined();
  });

  it('leave out images that cannot be read, and name them', async () => {
    const read = async ({ path }: AnnotatedImage): Promise<string> => {
      if (path === 'a.png') throw new Error('is broken');
      return path;
    };
    const { unreadable, figures } = await compare({ read });
    expect(unreadable.map(({ image: { path } }) => path)).toEqual(['a.png']);
    expect(figures.names.AP).toBeCloseTo(1, 9);
  });

  it('of a category that the dataset does not have are refused', async () => {
    await expect(compare({ wordings: { cell: [] } })).rejects.toThrow(
      'the dataset has no category "cell"; it has RBC, WBC',
    );
  });

  it('stop with the signal', async () => {
    const stop = new AbortController();
    const stopped = compare({ signal: stop.signal, onImage: () => stop.abort(new Error('enough')) });
    await expect(stopped).rejects.toThrow('enough');
  });
});

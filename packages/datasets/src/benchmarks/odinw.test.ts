import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ODINW_13, odinwFiles } from './odinw.ts';

interface PromptCase {
  readonly name: string;
  readonly names?: readonly string[];
  readonly caption_prompt?: readonly object[];
}
const fixture = new URL('../../../../fixtures/evaluation/odinw/03-prompts/expected.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { readonly cases: readonly PromptCase[] };

it('the 13 data sets have the names, overrides and caption prompts of the original', () => {
  expect(ODINW_13).toHaveLength(13);
  for (const { name, renamed, captionPrompt } of ODINW_13) {
    const named = (suffix: string) => cases.find((one) => one.name === name + suffix);
    expect(named(''), name).toBeDefined();
    expect(renamed?.map((category) => category.name)).toEqual(named(' override')?.names);
    expect(captionPrompt).toEqual(named(' caption prompt')?.caption_prompt);
  }
});

it('files lie in a folder for each split, those of pistols in one', () => {
  const files = (name: string, split: 'val' | 'test') => {
    const set = ODINW_13.find((one) => one.name === name);
    return set && odinwFiles(set, split);
  };
  expect(files('pothole', 'val')).toEqual({
    annotations: 'pothole/valid/annotations_without_background.json',
    pictures: 'pothole/valid',
  });
  expect(files('pistols', 'test')).toEqual({
    annotations: 'pistols/export/test_annotations_without_background.json',
    pictures: 'pistols/export',
  });
});

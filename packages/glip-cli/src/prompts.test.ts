import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { runHere } from './testing/run-here.ts';
import { tinyWorkspace } from './testing/workspace.ts';

const { at, read, glip } = tinyWorkspace('prompts');
const here = (args: string) => runHere(args, at());
const write = (name: string, content: unknown): void =>
  writeFileSync(at(name), typeof content === 'string' ? content : JSON.stringify(content));

it('glip prompts evaluate measures each wording, and writes the best ones as a file of names', async () => {
  write('wordings.yaml', 'blue square:\n  - square\n  - { prefix: "a ", suffix: " box" }\n');
  const { out, code } = await glip(
    'prompts evaluate --data squares --wordings wordings.yaml --model tiny --out best.json --quiet',
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^blue square: wording, its AP and AP50/);
  for (const words of [
    'blue square',
    'square',
    'a blue square box',
    'names as they are',
    'the best wordings',
  ])
    expect(out).toContain(words);
  const best = JSON.parse(read('best.json'));
  expect(best).toEqual([{ label: 'blue square' }, { label: 'red square' }]); // random weights: ties go to the names
  const found = await here('detect squares/val/0.png --model tiny --categories-file best.json --json');
  expect(found.code).toBe(0);
});

it('glip prompts evaluate --report-split measures names and best wordings on other pictures', async () => {
  write('box.json', { 'red square': ['a red box'] });
  const args = 'prompts evaluate --data squares --wordings box.json --model tiny --quiet --max-images 1';
  const { out, code } = await here(`${args} --split train --report-split val --json`);
  expect(code).toBe(0);
  const figures = expect.objectContaining({ AP: expect.any(Number), AP50: expect.any(Number) });
  expect(JSON.parse(out)).toMatchObject({
    ...{ split: 'train', images: 1, reportSplit: 'val' },
    report: { names: figures, best: figures },
  });
  expect(await here(`${args} --report-split tset`)).toMatchObject({
    ...{ code: 2, err: 'glip: --report-split tset: no such split; the dataset has train, val' },
  });
  expect(await here(`${args} --split val --report-split val`)).toMatchObject({
    ...{ code: 2, err: 'glip: --report-split val: the wordings are chosen on it; name another split' },
  });
});

it('glip prompts evaluate refuses a class that the data lack in one sentence', async () => {
  write('wrong.json', { cat: ['a cat'] });
  const { err, code } = await here('prompts evaluate --data squares --wordings wrong.json --model tiny');
  expect(code).toBe(2);
  expect(err).toMatch(/^glip: wrong.json: squares has no class "cat"; it has blue square, red square$/);
});

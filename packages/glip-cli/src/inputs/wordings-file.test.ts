import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readWordings } from './wordings-file.ts';

const root = mkdtempSync(join(tmpdir(), 'glip-wordings-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function read(content: unknown, name = 'wordings.json') {
  const file = join(root, name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readWordings(file);
}

it('wordings are texts or parts of one, in JSON and YAML', async () => {
  const wordings = { RBC: ['red blood cell', { name: 'cell', prefix: 'a red ' }], WBC: [] };
  expect(await read(wordings)).toEqual(wordings);
  expect(await read('RBC: [red blood cell, { name: cell, prefix: "a red " }]\nWBC: []\n', 'w.yaml')).toEqual(
    wordings,
  );
});

it.each([
  ['a list', ['a cat'], 'expected a list of wordings for each class'],
  ['nothing', {}, 'expected a list of wordings for each class'],
  ['a text for a class', { dog: 'a dog' }, 'dog has no list of wordings'],
  [
    'an unknown part',
    { dog: [{ word: 'a dog' }] },
    'wording 1 of dog has "word"; expected texts for name, prefix, suffix',
  ],
  ['a number', { dog: ['a dog', 3] }, 'wording 2 of dog is 3'],
  ['an empty text', { dog: [' '] }, 'wording 1 of dog is " "'],
  ['no JSON', '{', 'cannot be read'],
])('%s is refused with its place', async (_, content, message) => {
  await expect(read(content)).rejects.toThrow(message);
});

it('a file that does not exist is named', async () => {
  await expect(readWordings(join(root, 'none.json'))).rejects.toThrow('none.json');
});

import { expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { needsSupervision } from './supervise.ts';

it('only commands that use a GPU need a supervisor, and only to run', () => {
  const supervised = COMMANDS.map(({ name }) => name).filter((name) => needsSupervision([name, 'scene.jpg']));
  const linux = process.platform === 'linux';
  expect(supervised).toEqual(
    linux ? ['detect', 'label', 'train', 'evaluate', 'prompts', 'worker', 'info', 'env'] : [],
  );
  for (const line of [
    [],
    ['--version'],
    ['detect', '--help'],
    ['train', 'plan.json', '-h'],
    ['help', 'detect'],
  ])
    expect(needsSupervision(line)).toBe(false);
});

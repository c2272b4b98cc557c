import { expect, it } from 'vitest';
import { composed } from './composed.ts';
import type { JsonObject } from './json.ts';

const base = {
  seeds: [1, 2],
  templates: { training: { kind: 'train', run: { phases: [{ steps: 10 }, { steps: 20 }], data: 'x' } } },
  pieces: { words: { kind: 'words', begin: 5 } },
  full: { seeds: [1, 2, 3], templates: { training: { run: { phases: { 0: { steps: 1000 } } } } } },
};
const own = {
  base: 'shared',
  title: 'own',
  pieces: {
    words: { begin: 7 },
    teacher: { like: 'training', run: { phases: { 1: { steps: 25 } } } },
    student: { like: 'teacher', run: { data: 'y' } },
  },
  arms: [{ name: 'student', figures: ['student'] }],
  full: { pieces: { teacher: { run: { phases: { 1: { steps: 2500 } } } } } },
};

function trained(steps: readonly number[], data: string): object {
  return { kind: 'train', run: { phases: steps.map((count) => ({ steps: count })), data } };
}

it('an experiment changes its base, and its pieces the templates and pieces that they are like', () => {
  expect(composed(own, base, 'default')).toEqual({
    title: 'own',
    seeds: [1, 2],
    pieces: {
      words: { kind: 'words', begin: 7 },
      teacher: trained([10, 25], 'x'),
      student: trained([10, 25], 'y'),
    },
    arms: own.arms,
  });
});

it('a size changes templates, and so all pieces like them, the base first', () => {
  const { pieces, seeds } = composed(own, base, 'full');
  expect(seeds).toEqual([1, 2, 3]);
  expect(pieces).toEqual({
    words: { kind: 'words', begin: 7 },
    teacher: trained([1000, 2500], 'x'),
    student: trained([1000, 2500], 'y'),
  });
});

const grid = {
  over: { tune: ['linear', 'prompt'], shots: [1, 3] },
  pieces: { '{tune}, {shots}-shot': { like: 'training', shots: '{shots}' } },
  arms: [{ name: '{tune}, {shots}-shot', point: { x: '{shots}' } }],
};

it('a grid makes pieces and arms for all combinations, behind the others', () => {
  const { pieces, arms } = composed({ ...own, grids: { all: grid } }, base, 'default');
  const names = ['linear, 1-shot', 'linear, 3-shot', 'prompt, 1-shot', 'prompt, 3-shot'];
  expect(Object.keys(pieces as object)).toEqual(['words', 'teacher', 'student', ...names]);
  expect((pieces as JsonObject)['prompt, 3-shot']).toEqual({ ...trained([10, 20], 'x'), shots: 3 });
  expect(arms).toEqual([own.arms[0], ...names.map((name, i) => ({ name, point: { x: i % 2 ? 3 : 1 } }))]);
});

it('a size may leave out a grid or change its values', () => {
  const smoke = { grids: { none: null, some: { over: { shots: [5] } } } };
  const { pieces } = composed({ ...own, grids: { none: grid, some: grid }, smoke }, base, 'smoke');
  expect(Object.keys(pieces as object).slice(3)).toEqual(['linear, 5-shot', 'prompt, 5-shot']);
});

it('what is missing, and what a size changes though it does not exist, is an error', () => {
  expect(() => composed(own, base, 'smoke')).toThrow('there are no changes for the size smoke');
  const misspelled = { ...own, full: { pieces: { techer: { run: {} } } } };
  expect(() => composed(misspelled, base, 'full')).toThrow('techer has no kind');
  expect(() => composed({ pieces: { a: { like: 'b' }, b: { kind: 'k' } } }, {}, 'default')).toThrow(
    'a is like b, which is no template and no piece before it',
  );
  expect(() => composed({ grids: { g: { pieces: {} } } }, {}, 'default')).toThrow('grid g: expected');
});

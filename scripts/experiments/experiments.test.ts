import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '../../packages/glip-cli/src/commands.ts';
import { RECIPES, TUNINGS } from '../../packages/glip-cli/src/train/recipes.ts';
import { parseRunConfig } from '../../packages/glip-cli/src/train/run-config.ts';
import { SIZES } from './composed.ts';
import { NAMES, readExperiment, referencesOf, resolved } from './experiment.ts';
import { main } from './main.ts';
import { argumentsOf } from './pieces/commands.ts';
import { captionOf } from './pieces/emoji-words.ts';
import { PIECES } from './pieces/index.ts';
import { pseudoLabelQuality } from './pieces/pseudo-label-quality.ts';

const folder = mkdtempSync(join(tmpdir(), 'experiments-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  for (const stream of ['log', 'error'] as const) vi.spyOn(console, stream).mockImplementation(() => {});
});

describe.each(NAMES)('the experiment %s', (name) => {
  it.each(SIZES)('has pieces of known kinds and configurations that can be run (size: %s)', (size) => {
    const { pieces, arms, seeds, limits } = readExperiment(name, size);
    for (const [piece, { kind, run, seed = 1, arguments: given, options }] of Object.entries(pieces)) {
      expect(PIECES, piece).toHaveProperty([kind]);
      if (run) parseRunConfig(JSON.stringify({ ...(run as object), seed }), piece);
      const command = COMMANDS.find((one) => one.name === kind);
      for (const option of Object.keys({ ...(given as object), ...(options as object) }))
        expect(command?.options, piece).toHaveProperty([option]);
      const { tune = 'full', recipe = 'odinw' } = (given ?? {}) as Record<string, unknown>;
      expect(TUNINGS).toContain(tune);
      expect(RECIPES).toContain(recipe);
    }
    expect(arms.length).toBeGreaterThan(0);
    expect(limits.length).toBeGreaterThan(0);
    const shared = Object.values(pieces).every((piece) => piece.shared); // the seed changes nothing
    expect(seeds.length).toBeGreaterThanOrEqual(size === 'smoke' || shared ? 1 : 2);
  });

  it('compares the same arms in its full size, with more steps or larger models', () => {
    const [usual, full] = (['default', 'full'] as const).map((size) => readExperiment(name, size));
    expect(Object.keys(full.pieces)).toEqual(Object.keys(usual.pieces));
    expect(full.arms.map(({ figures }) => figures)).toEqual(usual.arms.map(({ figures }) => figures));
    for (const [piece, options] of Object.entries(full.pieces))
      if (options.kind === 'train') expect(options, piece).not.toEqual(usual.pieces[piece]);
  });
});

it('options of a command become its arguments', () => {
  expect(argumentsOf({ split: 'test', 'max-images': 2, json: true, size: [64, 96] })).toEqual(
    '--split test --max-images 2 --json --size 64 --size 96'.split(' '),
  );
  expect(argumentsOf(undefined)).toEqual([]);
});

it('references lead into the folders of pieces, wherever they stand', () => {
  const value = { a: ['@one/b', 3, { c: '@two' }], d: 'x@one' };
  expect(referencesOf(value)).toEqual(['one', 'two']);
  expect(resolved(value, (piece) => `/${piece}`)).toEqual({ a: ['/one/b', 3, { c: '/two' }], d: 'x@one' });
});

it('captions name each kind of thing once, where their spans say', () => {
  const things = [['dog', 'red'], ['owl'], ['dog', 'red'], ['unicorn']].map(([noun, color]) => ({
    ...{ noun, color, box: [] },
  }));
  const { text, spans } = captionOf(things);
  expect(text).toBe('a red dog, an owl and a unicorn');
  expect([...spans].map(([name, span]) => [name, text.slice(...span)])).toEqual([
    ['red dog', 'red dog'],
    ['owl', 'owl'],
    ['unicorn', 'unicorn'],
  ]);
});

it('pseudo labels are right where they overlap a true box of their phrase by half', () => {
  const truth = join(folder, 'truth.json');
  writeFileSync(
    truth,
    JSON.stringify({
      'a.png': [
        { phrase: 'dog', isNew: false, box: [0, 0, 10, 10] },
        { phrase: 'owl', isNew: true, box: [20, 0, 10, 10] },
        { phrase: 'owl', isNew: true, box: [40, 0, 10, 10] },
      ],
    }),
  );
  const images = [{ id: 1, file_name: 'images/a.png', caption: 'dog owl' }];
  const label = (x: number, begin: number) => ({
    ...{ image_id: 1, bbox: [x, 0, 10, 10], tokens_positive: [[begin, begin + 3] as const] },
  });
  const annotations = [label(1, 0), label(2, 4), label(21, 4), label(6, 0)];
  expect(pseudoLabelQuality({ images, annotations }, truth)).toEqual({
    ...{ 'precision, known words': 0.5, 'recall, known words': 1 },
    ...{ 'precision, new words': 0.5, 'recall, new words': 0.5 },
  });
});

it('npm run experiment -- self-training --smoke: a teacher labels captions, a student learns from them', async () => {
  const out = join(folder, 'self-training');
  expect(await main(['self-training', '--smoke', '--out', out])).toBe(0);
  const { pieces } = JSON.parse(readFileSync(join(out, 'results.json'), 'utf8'));
  const { pseudo, student } = pieces[1];
  expect(pseudo.figures.captions).toBe(4);
  expect(pseudo.figures.boxes).toBeGreaterThan(4);
  expect(student.figures.steps).toBe(2);
  expect(pieces[1]['student on colored'].figures).toHaveProperty('AP, lacking noun');
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  expect(page).toContain('Self-training in miniature');
  expect(page).toContain('svg.chart .line');
  expect(page).toMatch(/<svg class="chart".*student, seed 1/s);
  expect(readFileSync(join(out, 'curves.svg'), 'utf8')).toMatch(
    /^<svg class="chart"[^>]*>\n<style>.*student, seed 1/s,
  );
  const done = readFileSync(join(out, 'seed-1/student/done.json'), 'utf8');
  expect(await main(['self-training', '--smoke', '--out', out])).toBe(0); // all pieces are done
  expect(readFileSync(join(out, 'seed-1/student/done.json'), 'utf8')).toBe(done);
});

it('an unknown experiment, data that are not there, and two sizes are one sentence', async () => {
  expect(await main(['self-trainin'])).toBe(1);
  expect(await main(['self-training', '--data', join(folder, 'none')])).toBe(1);
  expect(await main(['self-training', '--smoke', '--full'])).toBe(1);
});

import { ORIGINAL_LOSSES } from '@glip-wgpu/glip-train';
import { describe, expect, it } from 'vitest';
import { InputError } from '../inputs/input-error.ts';
import { originOf, parseRunConfig, type RunConfig } from './run-config.ts';

const config: RunConfig = {
  model: 'emoji-tiny',
  architecture: 'emoji-tiny',
  initial: { 'rpn.head.log_scale': -2 },
  data: [
    {
      folder: 'data',
      split: 'train',
      heldOut: 0.1,
      kind: 'detection',
      weight: 1,
      minScore: 0.3,
      prompts: {},
    },
  ],
  batches: { batch: 2, accumulate: 1, sizes: [64], maxSize: 64, tokens: 10, prompts: {}, augment: {} },
  phases: [
    {
      name: 'all',
      steps: 6,
      trains: ['backbone'],
      freezes: ['rpn'],
      learningRate: 1e-3,
      languageLearningRate: 1e-4,
      weightDecay: 0,
      decayVectors: false,
      schedule: { kind: 'multi-step', warmupSteps: 2, milestones: [0.5] },
      losses: ORIGINAL_LOSSES,
      batch: 4,
    },
  ],
  evaluations: [{ name: 'val', folder: 'data', split: 'val', images: [0, 9], limit: 3, attribute: 'color' }],
  patience: 0,
  seed: 1,
  clipNorm: 1,
  averageDecay: 0.9,
  regularization: false,
  recompute: false,
  evaluateEvery: 3,
  saveEvery: 2,
};

type Path = readonly (string | number)[];

/** Every place in a value but the value itself, without what is checked where it is used. */
function* places(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value))
    yield* places(item, [...path, Array.isArray(value) ? Number(key) : key]);
}

function changed(path: Path, value: unknown): string {
  const copy = structuredClone(config) as never;
  let at: Record<string | number, never> = copy;
  for (const key of path.slice(0, -1)) at = at[key];
  at[path.at(-1) as string] = value as never;
  return JSON.stringify(copy);
}

describe("a run's configuration", () => {
  it('is read as it was written', () => {
    expect(parseRunConfig(JSON.stringify(config), 'a.json')).toEqual(config);
  });

  it('names an architecture for a new model only', () => {
    const { architecture: _, ...without } = config;
    expect(originOf(parseRunConfig(JSON.stringify({ ...without, model: 'runs/a' }), 'a.json'))).toBe(
      'runs/a',
    );
    expect(() => parseRunConfig(JSON.stringify({ ...without, model: 'new' }), 'a.json')).toThrow(
      'a.json: architecture is missing, expected a model for a new one to resemble',
    );
  });

  it.each([...places(config)].map((path) => [path.join('.'), path] as const))(
    '%s of another kind is refused with its place',
    (_, path) => {
      const found = path.reduce<unknown>((at, key) => (at as never)[key], config);
      for (const wrong of [null, { nothing: 1 }, typeof found === 'string' ? 7 : 'text']) {
        if (typeof found === 'object' && !Array.isArray(found) && wrong !== null && typeof wrong === 'object')
          continue; // an object
        const parse = () => parseRunConfig(changed(path, wrong), 'a.json');
        expect(parse).toThrow(InputError);
        const place = String(path.findLast((key) => typeof key === 'string'));
        expect(parse).toThrow(new RegExp(`^a\\.json: \\S*${place.replace('.', '\\.')}`));
      }
    },
  );

  it.each([
    ['{"model": ', 'is not JSON: '],
    ['[]', 'the file is [], expected an object'],
    ['{}', 'model is missing, expected a text'],
    [changed(['phases'], []), 'phases is [], expected a list of at least 1'],
    [changed(['epochs'], 3), 'epochs is no field of a configuration'],
    [changed(['phases', 0, 'lr'], 3), 'phases[0].lr is no field of a configuration'],
    [changed(['batches', 'sizes'], []), 'batches.sizes is [], expected a list of at least 1'],
  ])('%.40s is refused: %s', (text, message) => {
    expect(() => parseRunConfig(text, 'a.json')).toThrow(`a.json: ${message}`);
  });
});

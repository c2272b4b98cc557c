import { describe, expect, it } from 'vitest';
import { fixture, fixtureJson } from '../testing/fixtures.ts';
import { type AnchorConfig, anchorsInside, cellAnchors, levelAnchors } from './anchors.ts';

interface Grid {
  readonly sizes: number[];
  readonly strides: number[];
  readonly ratios: number[];
  readonly scales_per_octave: number;
  readonly octave: number;
  readonly straddle: number;
  readonly feature_sizes: [number, number][];
  readonly image_sizes_hw: [number, number][];
}

const stored = fixture('units/anchors');
const { anchors } = fixtureJson('units/index') as { anchors: { args: Record<string, Grid> } };

describe.each(Object.entries(anchors.args))('the %s anchors of the original', (name, grid) => {
  const config: AnchorConfig = { ...grid, scalesPerOctave: grid.scales_per_octave };

  it('are the same around the first cell', () => {
    grid.strides.forEach((_, level) => {
      expect(cellAnchors(config, level)).toEqual(stored.f32(`${name}.cell.${level}`));
    });
  });

  it('are the same over the grid of every level, and inside of the same images', () => {
    grid.feature_sizes.forEach((featureSize, level) => {
      const boxes = levelAnchors(config, level, featureSize);
      expect(boxes).toEqual(stored.f32(`${name}.anchors.p${level + 3}`));
      grid.image_sizes_hw.forEach((imageSize, image) => {
        expect([...anchorsInside(boxes, imageSize, grid.straddle)]).toEqual([
          ...stored.numbers(`${name}.visibility.${image}.p${level + 3}`),
        ]);
      });
    });
  });
});

describe('the anchors of GLIP', () => {
  const config: AnchorConfig = {
    sizes: [64, 128, 256, 512, 1024],
    strides: [8, 16, 32, 64, 128],
    ratios: [1],
    scalesPerOctave: 1,
    octave: 2,
  };

  it('have a side of 8 strides around each cell', () => {
    const cells = config.strides.map((_, level) => [...cellAnchors(config, level)]);
    expect(cells).toEqual([
      [-28, -28, 35, 35],
      [-56, -56, 71, 71],
      [-112, -112, 143, 143],
      [-224, -224, 287, 287],
      [-448, -448, 575, 575],
    ]);
  });

  it('outside an image are told apart unless the margin is negative', () => {
    const [first] = anchorsInside(cellAnchors(config, 0), [800, 800]);
    expect(first).toBe(0);
    expect([...anchorsInside(cellAnchors(config, 0), [800, 800], -1)]).toEqual([1]);
  });
});

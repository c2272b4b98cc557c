import { describe, expect, it } from 'vitest';
import { images, LABELS } from '../testing/labeled-images.ts';
import { labelStudioConfig, toLabelStudio } from './label-studio.ts';

describe('Label Studio', () => {
  const tasks = toLabelStudio(images, {
    urlOf: (file) => `/files/${encodeURIComponent(file)}`,
    modelVersion: 'tiny',
  });

  it('has boxes in percent, with all that an import reads', () => {
    expect(tasks[0].predictions[0]).toMatchObject({ model_version: 'tiny', score: 0.7 });
    expect(tasks[0].predictions[0].result[0]).toEqual({
      id: 'box-1-1',
      type: 'rectanglelabels',
      from_name: 'label',
      to_name: 'image',
      original_width: 200,
      original_height: 100,
      image_rotation: 0,
      score: 0.9,
      value: { x: 5, y: 20, width: 25, height: 50, rotation: 0, rectanglelabels: ['cat & "kitten"'] },
    });
    expect(tasks[1]).toEqual({
      data: { image: '/files/more%2Fb.png' },
      predictions: [{ model_version: 'tiny', score: 0, result: [] }],
    });
  });

  it('comes with a configuration of the same names', () => {
    const config = labelStudioConfig(LABELS);
    expect(config).toContain('<Image name="image" value="$image"/>');
    expect(config).toContain('<RectangleLabels name="label" toName="image">');
    expect(config).toContain('<Label value="cat &amp; &quot;kitten&quot;"/>');
  });
});

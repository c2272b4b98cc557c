import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { expect, it } from 'vitest';
import { compareDetections } from '../../../../scripts/parity/detections.ts';
import { type Axes, toImage } from '../../../../scripts/parity/layout.ts';
import { configFromOriginal } from '../config/original.ts';
import { isIgnored, network } from '../network/network.ts';
import type { Phrase, PromptPlan } from '../prompt/plan-prompt.ts';
import { fixture, fixtureJson } from '../testing/fixtures.ts';
import { groundImages } from './ground-images.ts';
import { Runtime } from './runtime.ts';

it('a padded batch of two sizes and two prompts finds what the original finds in it', async () => {
  const recorded = fixture('e2e_t/case2_batch');
  const weights = fixture('e2e_t/weights');
  const info = fixtureJson('e2e_t/info') as {
    positive_map_label_to_tokens: Record<string, number[]>;
  };
  const config = configFromOriginal(info);
  const device = await openDevice();
  try {
    const source = {
      names: weights.names,
      shape: (name: string) => (weights.has(name) ? weights.info(name).shape : undefined),
      read: (name: string) => weights.f32(name),
    };
    const build = (p: ParameterTree) => network(p, config);
    const { parameters } = await ParameterTree.load(device, source, build, isIgnored);
    const runtime = new Runtime(parameters, config);
    const { data, shape } = toImage(
      recorded.f32('input.image_batch'),
      recorded.info('input.image_batch').shape as Axes,
    );
    const [batch, length] = recorded.info('input.input_ids').shape;
    const ids = recorded.numbers('input.input_ids');
    const mask = recorded.numbers('input.attention_mask');
    const labels = Object.entries(info.positive_map_label_to_tokens);
    const phrases = labels.map(
      ([label, tokens], target): Phrase => ({ label, target, span: [0, 1], tokens, pieces: [] }),
    );
    const targets = labels.map(([label]) => ({ label, duplicates: [] }));
    const plans = Array.from({ length: batch }, (_, b): PromptPlan => {
      const own = Array.from({ length }, (_, t) => b * length + t).filter((at) => mask[at] === 1);
      const encoding = {
        text: '',
        ids: own.map((at) => ids[at]),
        mask: own.map(() => 1),
        offsets: own.map(() => [0, 0] as const),
      };
      return {
        text: '',
        targets,
        warnings: [],
        chunks: [{ text: `${b}`, start: 0, encoding, pieces: [], phrases }],
      };
    });
    expect(plans.map(({ chunks }) => chunks[0].encoding.ids.length)).toEqual([23, 14]);
    const sizes = recorded.numbers('input.image_sizes_hw');
    const imageSizes = Array.from({ length: batch }, (_, b) => [sizes[2 * b], sizes[2 * b + 1]] as const);
    const images = {
      pixels: data,
      shape: shape as unknown as [number, number, number, 4],
      imageSizes,
      originalSizes: imageSizes,
    };

    const groundings = await groundImages(runtime, config, { images, plans });
    for (const [b, grounding] of groundings.entries()) {
      const found = grounding.detections({ threshold: 0 });
      const actual = {
        boxes: found.flatMap(({ box }) => [...box]),
        scores: found.map(({ score }) => score),
        labels: found.map(({ label }) => Number(label)),
      };
      const expected = {
        boxes: recorded.f32(`final.${b}.boxes`),
        scores: recorded.f32(`final.${b}.scores`),
        labels: recorded.numbers(`final.${b}.labels`),
      };
      expect(compareDetections(`image ${b}`, actual, expected)).toMatchObject({ verdict: 'ok' });
    }
  } finally {
    device.dispose();
  }
});

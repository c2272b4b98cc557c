import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import {
  RawImage,
  type ZeroShotObjectDetectionOutput as TheirOutput,
  ZeroShotObjectDetectionPipeline as TheirPipeline,
} from '@xenova/transformers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detections } from './detect/grounding.ts';
import { readImageFile } from './image/image-files.node.ts';
import { type PipelineProgress, pipeline, type ZeroShotObjectDetectionPipeline } from './transformers.ts';

const scene = new URL('../../../examples/scene.jpg', import.meta.url);
const labels = ['dog', 'green car', 'yellow duck'];
let device: Device;
let detector: ZeroShotObjectDetectionPipeline;
let found: Detections;
const progress: PipelineProgress[] = [];
beforeAll(async () => {
  device = await openDevice();
  detector = await pipeline('zero-shot-object-detection', emojiTiny, {
    device,
    quantized: false,
    revision: 'main',
    progress_callback: (one) => progress.push(one),
  });
  found = await detector.model.detect(scene, { categories: labels }, { threshold: 0.1 });
});
afterAll(async () => {
  await detector.dispose();
  device.dispose();
});

/** The pipeline of transformers.js around a model that has found the same boxes. */
function theirs(detections: Detections): TheirPipeline {
  const { width, height } = detections.imageSize;
  const processor = Object.assign(async () => ({ pixel_values: [{ unsqueeze_: () => ({}) }] }), {
    feature_extractor: {
      post_process_object_detection: (_: unknown, threshold: number, sizes: [number, number][] | null) => {
        const kept = [...detections].reverse().filter(({ score }) => score > threshold);
        const [rows, columns] = sizes ? [1, 1] : [height, width];
        return [
          {
            boxes: kept.map(({ box: [x1, y1, x2, y2] }) => [
              x1 / columns,
              y1 / rows,
              x2 / columns,
              y2 / rows,
            ]),
            scores: kept.map(({ score }) => score),
            classes: kept.map(({ label }) => labels.indexOf(label)),
          },
        ];
      },
    },
  });
  const parts = {
    task: 'zero-shot-object-detection',
    model: async () => ({}),
    tokenizer: () => ({}),
    processor,
  };
  return new TheirPipeline(parts as never);
}

describe('the pipeline of transformers.js', () => {
  it.each([
    {},
    { threshold: 0.3 },
    { topk: 2 },
    { percentage: true },
    { threshold: 0.2, topk: 3, percentage: true },
    { topk: 0 },
    { topk: null },
    { topk: 1000 },
  ])('and this one have the same results for %j', async (options) => {
    const expected: unknown = await theirs(found)._call(
      await RawImage.read(scene.pathname),
      labels,
      options as never,
    );
    const ours: TheirOutput[] = await detector(scene.pathname, labels, options);
    expect(ours).toEqual(expected);
    expect(Object.keys(ours[0] ?? { score: 0, label: 0, box: 0 })).toEqual(['score', 'label', 'box']);
  });

  it('has boxes in whole pixels, or in fractions of the image', async () => {
    const [first] = await detector(scene, labels);
    expect(labels).toContain(first.label);
    expect(Object.values(first.box).every(Number.isInteger)).toBe(true);
    const [part] = await detector(scene, labels, { percentage: true });
    expect(part.box.xmax).toBeCloseTo(found[0].box[2] / 160, 12);
    expect(part.box.xmax).toBeLessThanOrEqual(1);
  });

  it('takes images in the forms of transformers.js: a path, a URL, a RawImage; and a list, also of one', async () => {
    const expected = await detector(scene, labels);
    const raw = await readImageFile(scene.pathname);
    const their = new RawImage(new Uint8ClampedArray(raw.data), raw.width, raw.height, raw.channels);
    expect(await detector([scene.href, their as never], labels)).toEqual([expected, expected]);
    expect(await detector([scene.pathname], labels)).toEqual([expected]);
    expect(await detector([], labels)).toEqual([]);
  });

  it('takes top_k, its name in later versions, before topk', async () => {
    expect(await detector(scene, labels, { top_k: 1, topk: 2 })).toHaveLength(1);
  });

  it('reports when it is ready', () => {
    expect(progress.at(-1)).toEqual({
      status: 'ready',
      task: 'zero-shot-object-detection',
      model: 'emoji-tiny',
    });
  });

  it('refuses other tasks, precisions, models and counts with what is expected', async () => {
    await expect(pipeline('image-classification' as never)).rejects.toThrow(
      /expected 'zero-shot-object-detection'/,
    );
    await expect(pipeline('zero-shot-object-detection', emojiTiny, { dtype: 'q4' as never })).rejects.toThrow(
      /dtype is "q4", expected 'fp32', 'fp16' or 'q8'/,
    );
    await expect(
      pipeline('zero-shot-object-detection', 'Xenova/owlvit-base-patch32', { device }),
    ).rejects.toThrow(/this pipeline runs GLIP: leave the model out, or name one of its models, 'glip-t'/);
    await expect(detector(scene, labels, { top_k: -1 })).rejects.toThrow(
      /top_k is -1, expected a whole number/,
    );
    await expect(detector(scene, [])).rejects.toThrow(/categories are/);
    await expect(detector(scene, 'dog' as never)).rejects.toThrow(/expected a list/);
  });
});

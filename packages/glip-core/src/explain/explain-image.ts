import type { Device } from '@glip-wgpu/tensor-wgpu';
import type { GlipConfig } from '../config/config.ts';
import { Grounding } from '../detect/grounding.ts';
import { imagePlaces } from '../detect/image-places.ts';
import { keepCandidates } from '../detect/kept-output.ts';
import type { Runtime } from '../detect/runtime.ts';
import { type ScorePlace, scoreMapsOf } from '../detect/score-maps.ts';
import type { PreparedImages } from '../image/preprocess.ts';
import type { PromptChunk, PromptPlan } from '../prompt/plan-prompt.ts';
import type { Attention, Explanation, StageExplanation } from './explanation.ts';
import type { Sampling } from './sampling-points.ts';
import { StagedRun } from './staged-run.ts';
import { type PassTrace, tracedRun } from './traced-run.ts';

export interface ExplainRequest {
  /** A batch of one. */
  readonly images: PreparedImages;
  readonly plan: PromptPlan;
  /** Milliseconds that the preparation of the image took. */
  readonly preprocessing: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the model twice, module by module: first for the traces, which also compiles all kernels, then for the times.
 *
 * @throws DeviceError if the GPU is lost or the model disposed; DetectionError for outputs that are not finite; the signal's reason
 */
export async function explainImage(
  runtime: Runtime,
  config: GlipConfig,
  { images, plan, preprocessing, signal }: ExplainRequest,
): Promise<Explanation> {
  const { device } = runtime;
  const { chunks } = plan;
  const places = imagePlaces(images, config);
  const place = places.of(0);
  const passes: Explanation['passes'][number][] = [];
  using first = new StagedRun(device, signal);
  await tracedRun(runtime, images, chunks, first, async (trace, chunk) => {
    passes.push({ stages: await stagesOf(device, trace, chunks[chunk], { ...place, chunk }) });
  });
  using second = new StagedRun(device, signal);
  const outputs = await tracedRun(runtime, images, chunks, second);
  const grounding = await second.measure('postprocessing', async () => {
    const kept = outputs.map((output, i) =>
      keepCandidates(output, chunks[i].phrases, places.anchors, config),
    );
    new Grounding(plan, config, place, kept).detections();
    const maps = outputs.map(({ tokenScores }, chunk) =>
      scoreMapsOf(tokenScores, chunks[chunk], { ...place, chunk }),
    );
    return new Grounding(plan, config, place, kept, maps);
  });
  return { grounding, times: { ...second.times, preprocessing }, passes };
}

async function stagesOf(
  device: Device,
  { attention, samples }: PassTrace,
  chunk: PromptChunk,
  place: ScorePlace,
): Promise<StageExplanation[]> {
  return Promise.all(
    samples.map(async (levels, stage) => {
      const numbers = (await device.read(levels)) as Float32Array[];
      const weights = attention[stage];
      return {
        attention: weights && (await attentionOf(device, weights, chunk, place)),
        sampling: samplingOf(numbers, place),
      };
    }),
  );
}

async function attentionOf(
  device: Device,
  { textToImage, imageToText }: PassTrace['attention'][number],
  chunk: PromptChunk,
  place: ScorePlace,
): Promise<Attention> {
  const [toImage, toText] = (await device.read([textToImage, imageToText])) as Float32Array[];
  return { textToImage: scoreMapsOf(toImage, chunk, place), imageToText: scoreMapsOf(toText, chunk, place) };
}

function samplingOf(
  numbers: readonly Float32Array[],
  { sizes, strides, image, original }: ScorePlace,
): Sampling {
  return {
    levels: numbers.map((samples, level) => {
      const [height, width] = sizes[level];
      return { stride: strides[level], height, width, samples };
    }),
    scale: [original[1] / image[1], original[0] / image[0]],
  };
}

import { keep, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { AttentionWeights } from '@glip-wgpu/xmha';
import { readOutputs } from '../detect/ground-images.ts';
import type { ChunkOutput } from '../detect/kept-output.ts';
import { type Runtime, textSize } from '../detect/runtime.ts';
import type { PreparedImages } from '../image/preprocess.ts';
import type { RunOptions } from '../network/run-options.ts';
import type { PromptChunk } from '../prompt/plan-prompt.ts';
import type { StagedRun } from './staged-run.ts';

/** Intermediate values of one pass, on the GPU. */
export interface PassTrace {
  /** Of each stage; empty for a model without fusion. */
  readonly attention: AttentionWeights[];
  /** Of each stage and level, planar [1, 27, H, W]. */
  readonly samples: Tensor[][];
}

/**
 * One image through the network module by module, with the kernels of a detection.
 *
 * @param onTrace  called after each pass with its intermediate values, which are freed afterwards; without it none are kept
 * @returns        the output of each pass
 */
export async function tracedRun(
  runtime: Runtime,
  { pixels, shape }: PreparedImages,
  chunks: readonly PromptChunk[],
  run: StagedRun,
  onTrace?: (trace: PassTrace, chunk: number) => Promise<void>,
): Promise<ChunkOutput[]> {
  const { device, network } = runtime;
  const size = textSize(chunks);
  const image = run.own(device.tensor(pixels, shape));
  const features = await run.gpu('imageEncoder', () => network.encodeImage(image));
  const outputs: ChunkOutput[] = [];
  for (const [index, chunk] of chunks.entries()) {
    runtime.check();
    const trace: PassTrace = { attention: [], samples: [] };
    const options = onTrace && collecting(trace, run);
    const { ids, mask, weights } = run.own(runtime.textInputs(chunk, size));
    const hidden = await run.gpu('textEncoder', () => network.encodeText(ids, mask));
    const start = await run.gpu('fusion', () => network.steps.start(features, { hidden, mask }, options));
    let { state } = start;
    for (const module of network.steps.modules) {
      const before = state;
      const stage = module.kind === 'convolution' ? 'head' : 'fusion';
      state = await run.gpu(stage, () => ({ ...before, ...module.run(before, start.inputs) }));
      run.free(before, { state, features });
    }
    const raw = await run.gpu('head', () => runtime.outputsOf(network.predict(state), weights));
    const [[output]] = await run.measure('postprocessing', () => readOutputs(runtime, [raw]));
    outputs.push(output);
    run.free({ ids, mask, weights, hidden, start, state, raw }, features);
    await onTrace?.(trace, index);
    run.free(trace);
  }
  return outputs;
}

function collecting({ attention, samples: collected }: PassTrace, run: StagedRun): RunOptions {
  return {
    onAttention: ({ textToImage, imageToText }, stage) => {
      attention[stage] = run.own({ textToImage: keep(textToImage), imageToText: keep(imageToText) });
    },
    onSamples: (samples, stage, level) => {
      collected[stage] ??= [];
      collected[stage][level] = run.own(keep(samples));
    },
  };
}

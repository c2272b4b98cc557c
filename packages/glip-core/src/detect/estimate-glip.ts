import { type Capabilities, type Device, type Estimate, estimate } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree, type TreeOptions } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';
import type { Phrase, PromptChunk } from '../prompt/plan-prompt.ts';
import { Runtime } from './runtime.ts';

/** Size of a detection, for estimates. */
export interface DetectionSize {
  /** [height, width] of the image as the model sees it, padded; pixels. */
  readonly imageSize: readonly [height: number, width: number];
  /** Length of the prompt, tokens. */
  readonly tokens: number;
  readonly phrases: number;
}

export interface GlipEstimate extends Estimate {
  /** Bytes of the weights on the GPU, included in `peakBytes`. */
  readonly parameterBytes: number;
}

/** Cost and memory of loading a model and detecting once, without a GPU or weights. */
export function estimateGlip(
  config: GlipConfig,
  like: Capabilities,
  size: DetectionSize,
  options: TreeOptions = {},
): GlipEstimate {
  let parameterBytes = 0;
  const cost = estimate(like, (device) => {
    const parameters = dryDetection(device, config, size, options);
    parameterBytes = [...parameters.all.values()].reduce((sum, { tensor }) => sum + tensor.bytes, 0);
  });
  return { ...cost, parameterBytes };
}

/** Runs a detection on a device that computes nothing: the same dispatches, no weights. @returns its parameters */
export function dryDetection(
  device: Device,
  config: GlipConfig,
  size: DetectionSize,
  options: TreeOptions = {},
): ParameterTree {
  const [height, width] = size.imageSize;
  const shape = [1, height, width, 4] as const;
  const parameters = ParameterTree.dry(device, undefined, options);
  new Runtime(parameters, config).run(new Float32Array(4 * height * width), shape, [chunkOf(size)]);
  return parameters;
}

/** A dummy prompt of the given size. */
function chunkOf({ tokens, phrases }: DetectionSize): PromptChunk {
  const phrase: Phrase = { label: '', target: 0, span: [0, 0], tokens: [], pieces: [] };
  return {
    text: '',
    start: 0,
    encoding: {
      text: '',
      ids: Array<number>(tokens).fill(0),
      mask: Array<number>(tokens).fill(1),
      offsets: Array<[number, number]>(tokens).fill([0, 0]),
    },
    pieces: [],
    phrases: Array<Phrase>(phrases).fill(phrase),
  };
}

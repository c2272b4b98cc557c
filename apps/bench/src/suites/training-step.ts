import type { GlipConfig } from '@glip-wgpu/glip-core';
import { type Network, type RunOptions, regularizationOf } from '@glip-wgpu/glip-core/network';
import { anchorGrid, glipGroups } from '@glip-wgpu/glip-train';
import { anchorTensors, groundingLoss, type ImageTargets, lossTargets } from '@glip-wgpu/glip-train/losses';
import {
  AdamW,
  type Device,
  halfActivations,
  nextStep,
  randomKey,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

/** Sizes of a batch. */
export interface BatchShape {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly tokens: number;
}

type Predictions = ReturnType<Network['ground']>;

/** The parts of training that cost memory. */
export interface StepOptions {
  readonly recompute?: boolean | undefined;
  /** Activations that the backward pass reads are f16. */
  readonly mixed?: boolean | undefined;
  /** The original's rates. */
  readonly regularized?: boolean | undefined;
}

/** A model with a batch of made-up images, prompts and boxes, and an optimizer of all its parameters. */
export interface Training {
  readonly trained: ReadonlyMap<string, Tensor>;
  readonly optimizer: AdamW;
  predict(): Predictions;
  lossOf(predictions: Predictions): Tensor;
  /** A whole step: forward pass, loss, gradients, optimizer. */
  step(): { readonly value: Tensor; readonly norm: Tensor };
  /** Frees the batch, not the parameters. */
  dispose(): void;
}

export function assemble(
  device: Device,
  model: Network,
  parameters: ParameterTree,
  config: GlipConfig,
  { images, height, width, tokens }: BatchShape,
  { recompute, mixed = false, regularized = false }: StepOptions = {},
): Training {
  const grid = anchorGrid(config, height, width);
  const anchors = anchorTensors(device, grid.boxes);
  const made = Array.from({ length: images }, (_, i) => imageTargets(i, height, width, tokens));
  const targets = lossTargets(device, grid, made, { tokens, noObject: tokens - 1 });
  const ids = Uint32Array.from({ length: images * tokens }, (_, i) => 3 + ((7 * i) % 90));
  const mask = Float32Array.from({ length: images * tokens }, (_, i) =>
    i % tokens < made[Math.floor(i / tokens)].length ? 1 : 0,
  );
  const pixels = Float32Array.from({ length: images * height * width * 4 }, (_, i) =>
    i % 4 === 3 ? 0 : Math.sin(0.001 * i) + 0.5 * Math.sin(0.37 * i),
  );
  const image = device.tensor(pixels, [images, height, width, 4]);
  const text = device.tensor(ids, [images, tokens]);
  const padding = device.tensor(mask, [images, tokens]);
  const trained = new Map([...parameters.all].map(([name, { tensor }]) => [name, tensor]));
  const groupOf = glipGroups({ learningRate: 1e-4, languageLearningRate: 1e-5, weightDecay: 0.05 });
  const optimizer = new AdamW(trained, { groupOf, clipNorm: 1 });
  const key = randomKey(device, 1);
  const regularization = regularized ? { ...regularizationOf(config), key } : undefined;
  const options: RunOptions = { recompute, regularization };
  const compute = (): Predictions => {
    const hidden = model.encodeText(text, padding, options);
    return model.ground(model.encodeImage(image, options), { hidden, mask: padding }, options);
  };
  const predict = (): Predictions => (mixed ? halfActivations(compute) : compute());
  const lossOf = (predictions: Predictions): Tensor => groundingLoss(predictions, anchors, targets).total;
  const step = (): { readonly value: Tensor; readonly norm: Tensor } => {
    const { value, grads } = valueAndGrad(() => lossOf(predict()), [...trained.values()]);
    const norm = optimizer.step(grads);
    for (const grad of grads) grad.dispose();
    if (regularized) nextStep(key);
    return { value, norm };
  };
  const dispose = (): void => {
    const { positives: _, ...arrays } = targets;
    for (const tensor of [...Object.values(anchors), ...Object.values(arrays), image, text, padding, key])
      tensor.dispose();
    optimizer.dispose();
  };
  return { trained, optimizer, predict, lossOf, step, dispose };
}

/** Three boxes of different sizes, each named by two tokens; prompts of different lengths. */
function imageTargets(image: number, height: number, width: number, tokens: number): ImageTargets {
  const boxes = [0.2, 0.35, 0.6].flatMap((side, i) => {
    const [x, y] = [(0.07 + 0.11 * i + 0.01 * image) * width, (0.12 + 0.05 * i) * height];
    return [x, y, x + 0.6 * side * width, y + side * height];
  });
  const names = [0, 1, 2].map((i) => [1 + 3 * i, 2 + 3 * i]);
  return { boxes: Float32Array.from(boxes), tokens: names, length: tokens - (image % 4) };
}

import type { Network } from '@glip-wgpu/glip-core/network';
import { anchorTensors, groundingLoss, lossTargets } from '@glip-wgpu/glip-train/losses';
import { type SafetensorsFile, type Tensor, valueAndGrad } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { compareFloats, compareNorms, type Row, unchecked } from './compare.ts';
import { type Axes, toImage } from './layout.ts';
import { anchorGrid, imageTargets, type TrainingCase } from './training.ts';

/** Relative L2 distance between the original's f32 and f64 gradients. */
export type GradientNoise = Readonly<
  Record<string, { readonly norm: number; readonly rel_l2_f32_vs_f64: number } | undefined>
>;

export interface ModelCase extends TrainingCase {
  readonly model: Network;
  readonly parameters: ParameterTree;
}

export interface GradientCase extends ModelCase {
  /** Of the total loss for every parameter that is trained. */
  readonly stored: SafetensorsFile;
  readonly noise: GradientNoise;
}

/** The loss from pixels and ids, and its gradient for every parameter of the model. */
export async function checkParameterGradients(given: GradientCase): Promise<Row[]> {
  const { device, file, parameters, stored, noise } = given;
  const names = [...parameters.all.keys()];
  const loss = wholeLoss(given);
  const { value, grads } = valueAndGrad(
    loss,
    names.map((name) => parameters.all.get(name)?.tensor as Tensor),
  );
  const rows: Row[] = [
    compareFloats('train_grads loss.total', await value.read(), file.f32('loss.total'), undefined),
  ];
  const found = new Map<string, Float32Array>();
  for (const [i, data] of ((await device.read(grads)) as Float32Array[]).entries()) {
    found.set(names[i], parameters.unpack(names[i], data));
  }
  for (const tensor of [value, ...grads]) tensor.dispose();
  for (const tensor of stored.names) {
    const name = tensor.replace(/^grad\./, '');
    const own = found.get(name);
    const recorded = noise[name];
    if (!own || !recorded) rows.push(unchecked(`train_grads ${tensor}`));
    else {
      const allowed = recorded.rel_l2_f32_vs_f64 * recorded.norm;
      rows.push(compareNorms(`train_grads ${tensor}`, own, stored.f32(tensor), allowed));
    }
  }
  return rows;
}

/** The total loss of the recorded batch, texts in full length. */
export function wholeLoss(given: ModelCase): () => Tensor {
  const { device, file, model } = given;
  const shape = file.info('input.input_ids').shape;
  const ids = device.tensor(Uint32Array.from(file.numbers('input.input_ids')), shape);
  const mask = device.tensor(Float32Array.from(file.numbers('input.attention_mask')), shape);
  const image = toImage(file.f32('input.image_batch'), file.info('input.image_batch').shape as Axes);
  const pixels = device.tensor(image.data, image.shape);
  const grid = anchorGrid(given);
  const anchors = anchorTensors(device, grid.boxes);
  const tokens = shape[1];
  const targets = lossTargets(device, grid, imageTargets(given), { tokens, noObject: tokens - 1 });
  return () => {
    const hidden = model.encodeText(ids, mask);
    const predictions = model.ground(model.encodeImage(pixels), { hidden, mask });
    return groundingLoss(predictions, anchors, targets).total;
  };
}

import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type GlipConfig, openModel } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import { capture } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type BenchCase, type Context, idOf, type WallWork } from './bench-case.ts';
import { checkRecorded } from './recorded.ts';
import { assemble, type BatchShape } from './training-step.ts';

const SEED = 1;
const SIZES: readonly BatchShape[] = [
  { images: 2, height: 96, width: 96, tokens: 32 },
  { images: 8, height: 160, width: 160, tokens: 64 },
];

/** Training steps of the embedded model's network from random weights: forward pass, loss, gradients, clipping, AdamW. */
export function trainSuite(): BenchCase[] {
  return SIZES.map((size, i) => {
    const { images, height, width, tokens } = size;
    const label = {
      suite: 'train',
      subject: 'emoji-tiny',
      name: `${images} x ${height} x ${width}, ${tokens} tokens`,
    } as const;
    return { ...label, quick: i === 0, prepare: (context) => prepareStep(context, idOf(label), size) };
  });
}

async function prepareStep({ device }: Context, id: string, size: BatchShape): Promise<WallWork> {
  const model = await openModel(emojiTiny);
  const config: GlipConfig = await model.config();
  const parameters = ParameterTree.random(device, SEED);
  const training = assemble(device, network(parameters, config), parameters, config, size);
  const step = capture(device, () => training.step());
  return {
    kind: 'wall',
    images: size.images,
    profiled: true,
    async once() {
      const { value, norm } = step();
      await value.read();
      value.dispose();
      norm.dispose();
    },
    /** Loss and norm of the gradients of the first step. */
    async check() {
      const { value, norm } = step();
      const check = await checkRecorded(device, id, [value, norm]);
      value.dispose();
      norm.dispose();
      return check;
    },
    [Symbol.dispose]() {
      step.dispose();
      training.dispose();
      parameters.dispose();
      device.trim();
    },
  };
}

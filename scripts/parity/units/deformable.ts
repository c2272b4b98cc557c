import { deformConv2d } from '@glip-wgpu/tensor-wgpu';
import { toChannelsLast } from '../layout.ts';
import { type Build, type Held, held, mapInput } from './module.ts';
import type { Unit } from './unit.ts';

export const deformable: Build = async (unit) => {
  const { file, device, args } = unit;
  const [outputs, inputs, height, width] = file.info('w.weight').shape;
  const packed = toChannelsLast(file.f32('w.weight'), [outputs, inputs, height, width]);
  const weight = held('weight', device.tensor(packed, [outputs, height, width, inputs]), 'map');
  const bias = file.has('w.bias')
    ? held('bias', device.tensor(file.f32('w.bias'), [outputs]), 'plain')
    : undefined;
  const x = mapInput(unit, 'x');
  const samples = sampleInput(unit);
  const { stride, padding, dilation, groups, deformable_groups: deformableGroups } = args;
  const options = { stride, padding, dilation, groups, deformableGroups, bias: bias?.tensor };
  return [
    {
      inputs: [x, samples],
      parameters: bias ? [weight, bias] : [weight],
      run: () => [held('y', deformConv2d(x.tensor, weight.tensor, samples.tensor, options), 'map')],
    },
  ];
};

/** `in.offset` and `in.mask` as one tensor: each image's offsets, then its masks. */
function sampleInput({ file, device }: Unit): Held {
  const names = ['offset', 'mask'];
  const [batch, , height, width] = file.info('in.offset').shape;
  const planes = names.map((name) => file.info(`in.${name}`).shape[1]);
  const sizes = planes.map((count) => count * height * width);
  const starts = [0, sizes[0]];
  const image = sizes[0] + sizes[1];
  const data = new Float32Array(batch * image);
  for (const [i, name] of names.entries()) {
    const numbers = file.f32(`in.${name}`);
    for (let b = 0; b < batch; b++) {
      data.set(numbers.subarray(b * sizes[i], (b + 1) * sizes[i]), b * image + starts[i]);
    }
  }
  return {
    tensor: device.tensor(data, [batch, planes[0] + planes[1], height, width]),
    stored: (numbers) =>
      Object.fromEntries(
        names.map((name, i) => [
          name,
          numbers.filter((_, at) => at % image >= starts[i] && at % image < starts[i] + sizes[i]),
        ]),
      ),
  };
}

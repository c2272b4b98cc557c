import { add, mul, sum, type Tensor, valueAndGrad } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type Axes, toChannelsFirst, toChannelsLast, toImage } from '../layout.ts';
import type { Computed, Unit } from './unit.ts';

/** A tensor of a module, and what its numbers, or its gradient's, are in the stored layout, by stored name. */
export interface Held {
  readonly tensor: Tensor;
  stored(numbers: Float32Array): Readonly<Record<string, ArrayLike<number>>>;
}

/** A module built from a unit. */
export interface Module {
  /** Named as `in.*` and `gin.*` are. */
  readonly inputs: readonly Held[];
  /** Named as `w.*` and `gw.*` are. */
  readonly parameters: readonly Held[];
  /** Named as `out.*` and `cot.*` are. */
  run(): readonly Held[];
  /** Name of the implementation, if there are several. */
  readonly way?: string;
}

/** The module of a unit, in each implementation. */
export type Build = (unit: Unit) => Promise<readonly Module[]>;

type Rows = [name: string, computed: Computed][];

/** A module's outputs. */
export function outputRows({ run, way }: Module): Promise<Rows> {
  return storedRows(run(), 'out', way);
}

/** The gradients of sum(out * cot) with respect to a module's inputs and parameters. */
export async function gradientRows(unit: Unit, { inputs, parameters, run, way }: Module): Promise<Rows> {
  const wanted = [...inputs, ...parameters];
  const { value, grads } = valueAndGrad(
    () => {
      const parts = run().map((output) => mul(output.tensor, cotangent(unit, output)));
      return parts.map((part) => sum(part)).reduce(add);
    },
    wanted.map(({ tensor }) => tensor),
  );
  const found = grads.map((tensor, i): Held => ({ tensor, stored: wanted[i].stored }));
  const rows = [
    ...(await storedRows(found.slice(0, inputs.length), 'gin', way)),
    ...(await storedRows(found.slice(inputs.length), 'gw', way)),
  ];
  for (const tensor of [value, ...grads]) tensor.dispose();
  return rows;
}

async function storedRows(tensors: readonly Held[], kind: string, way?: string): Promise<Rows> {
  const rows: Rows = [];
  for (const { tensor, stored } of tensors) {
    const all = Object.entries(stored(await tensor.read()));
    rows.push(...all.map(([name, data]): Rows[number] => [`${kind}.${name}`, { data, way }]));
  }
  return rows;
}

/** The cotangent of an output, as the output lies: [B, H, W, C] for what is stored as [B, C, H, W]. */
function cotangent({ file, device }: Unit, { tensor, stored }: Held): Tensor {
  const [name] = Object.keys(stored(new Float32Array(tensor.size)));
  const { shape } = file.info(`cot.${name}`);
  const numbers = file.f32(`cot.${name}`);
  return device.tensor(shape.length === 4 ? toChannelsLast(numbers, shape as Axes) : numbers, tensor.shape);
}

/** A tensor that is compared as it is ('plain'), or as a [B, H, W, C] map stored as [B, C, H, W] ('map'). */
export function held(name: string, tensor: Tensor, layout: 'plain' | 'map'): Held {
  const shape = tensor.shape as Axes;
  return {
    tensor,
    stored: (numbers) => ({ [name]: layout === 'map' ? toChannelsFirst(numbers, shape) : numbers }),
  };
}

/** `in.NAME` on the GPU as it is, under another shape if one is given. */
export function plainInput({ device, file }: Unit, name: string, shape?: readonly number[]): Held {
  const stored = `in.${name}`;
  return held(name, device.tensor(file.f32(stored), shape ?? file.info(stored).shape), 'plain');
}

/** `in.NAME`, a feature map, channels-last. */
export function mapInput({ device, file }: Unit, name: string): Held {
  const axes = file.info(`in.${name}`).shape as Axes;
  const [batch, channels, height, width] = axes;
  const data = toChannelsLast(file.f32(`in.${name}`), axes);
  return held(name, device.tensor(data, [batch, height, width, channels]), 'map');
}

/** `in.NAME`, an image of three channels, as the model takes it. */
export function imageInput({ device, file }: Unit, name: string): Held {
  const axes = file.info(`in.${name}`).shape as Axes;
  const [, channels] = axes;
  const { data, shape } = toImage(file.f32(`in.${name}`), axes);
  const [, , , wide] = shape;
  return {
    tensor: device.tensor(data, shape),
    stored(numbers) {
      const own = numbers.filter((_, i) => i % wide < channels);
      return { [name]: toChannelsFirst(own, [shape[0], shape[1], shape[2], channels]) };
    },
  };
}

/** A layer with the unit's weights, `w.*`. */
export async function build<T>(
  { device, file }: Unit,
  layer: (p: ParameterTree) => T,
): Promise<{ readonly model: T; readonly parameters: readonly Held[] }> {
  const weights = file.names.filter((name) => name.startsWith('w.')).map((name) => name.slice(2));
  const source = {
    names: weights,
    shape: (name: string) => (weights.includes(name) ? file.info(`w.${name}`).shape : undefined),
    read: (name: string) => file.f32(`w.${name}`),
  };
  const ignore = (name: string): boolean => name.endsWith('relative_position_index');
  const { model, parameters: tree } = await ParameterTree.load(device, source, layer, ignore);
  const parameters = [...tree.all].map(
    ([name, { tensor }]): Held => ({
      tensor,
      stored: (numbers) => ({ [name]: tree.unpack(name, numbers) }),
    }),
  );
  return { model, parameters };
}

/** Levels that the unit stores, finest first: 'p3', 'p4', … */
export function levelNames({ file }: Unit): string[] {
  const names = file.names.map((name) => /^in\.(p\d+)$/.exec(name)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

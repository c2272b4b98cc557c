import type { Device, SafetensorsFile, Tensor } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type Axes, toChannelsFirst, toChannelsLast } from '../layout.ts';

/** A recorded module with what it was built with. */
export interface Unit {
  readonly device: Device;
  readonly name: string;
  /** The module's arguments, as index.json lists them. */
  // biome-ignore lint/suspicious/noExplicitAny: each kind of unit has arguments of its own
  readonly args: any;
  readonly file: SafetensorsFile;
}

/** What was computed for a stored tensor: numbers in the stored layout. */
export interface Computed {
  readonly data: ArrayLike<number>;
  readonly exact?: boolean;
  /** Several ways to compute one stored tensor each get a row. */
  readonly way?: string;
}

/** Computes stored tensors by name. Those it leaves out are reported as unchecked. */
export type Check = (unit: Unit) => Promise<readonly (readonly [name: string, computed: Computed])[]>;

/** The unit's weights, `w.*`, for one layer. */
export async function build<T>({ device, file }: Unit, layer: (p: ParameterTree) => T): Promise<T> {
  const weights = file.names.filter((name) => name.startsWith('w.')).map((name) => name.slice(2));
  const source = {
    names: weights,
    shape: (name: string) => (weights.includes(name) ? file.info(`w.${name}`).shape : undefined),
    read: (name: string) => file.f32(`w.${name}`),
  };
  const ignore = (name: string): boolean => name.endsWith('relative_position_index');
  return (await ParameterTree.load(device, source, layer, ignore)).model;
}

/** A stored feature map [B, C, H, W] on the GPU, channels-last. */
export function mapInput({ device, file }: Unit, name: string): Tensor {
  const [batch, channels, height, width] = file.info(name).shape as Axes;
  const data = toChannelsLast(file.f32(name), [batch, channels, height, width]);
  return device.tensor(data, [batch, height, width, channels]);
}

/** A stored tensor on the GPU as it is. */
export function plainInput({ device, file }: Unit, name: string): Tensor {
  return device.tensor(file.f32(name), file.info(name).shape);
}

/** A map's numbers in the stored layout, [B, C, H, W]. */
export async function mapOutput(tensor: Tensor): Promise<Float32Array> {
  return toChannelsFirst(await tensor.read(), tensor.shape as Axes);
}

/** Levels that the unit stores, finest first: names such as 'in.p3'. */
export function levelNames({ file }: Unit, prefix: string): string[] {
  return file.names.filter((name) => new RegExp(`^${prefix}p\\d+$`).test(name)).sort();
}

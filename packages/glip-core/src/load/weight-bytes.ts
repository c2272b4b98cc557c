import { type Capabilities, dryDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree, type TreeOptions } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';
import { network } from '../network/network.ts';

/** Bytes of a model's weights on a GPU of any kind. Files with these weights are of about the same size. */
export function weightBytes(config: GlipConfig, dtype: TreeOptions['dtype'] = 'f32'): number {
  const device = dryDevice(ANY_DEVICE);
  const parameters = ParameterTree.dry(device, undefined, { dtype });
  network(parameters, config);
  const bytes = [...parameters.all.values()].reduce((sum, { tensor }) => sum + tensor.bytes, 0);
  device.dispose();
  return bytes;
}

const NO_LIMIT = 2 ** 40;

const ANY_DEVICE: Capabilities = {
  adapter: { vendor: '', architecture: '', device: '', description: '' },
  cpu: false,
  features: [],
  limits: {
    maxBufferSize: NO_LIMIT,
    maxStorageBufferBindingSize: NO_LIMIT,
    maxComputeWorkgroupsPerDimension: 65_535,
    maxComputeInvocationsPerWorkgroup: 256,
    maxComputeWorkgroupSizeX: 256,
    maxComputeWorkgroupStorageSize: 16_384,
    minStorageBufferOffsetAlignment: 256,
  },
  subgroupWidth: undefined,
  gemm: 'tiled',
  quads: { wide: 1, narrow: 1 },
  matrixUnit: undefined,
  plan: undefined,
  plans: new Map(),
  knownPlans: new Map(),
  rows: 'workgroup',
  required: {},
};

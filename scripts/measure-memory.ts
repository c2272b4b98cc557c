import { glipT } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import { type Capabilities, dryDevice, openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { coreOf } from '@glip-wgpu/tensor-wgpu/testing';
import { assemble, type BatchShape, type StepOptions } from '../apps/bench/src/suites/training-step.ts';

const MIB = 2 ** 20;
const LIMITS = [1024, 256, 128]; // MiB in one storage binding
const PICTURES = [
  [640, 640],
  [640, 1088],
  [800, 1344],
] as const;

/** Peak memory of a training step of GLIP-T, batch 1, 256 tokens, on a device that computes nothing, under several limits. */
export async function measureMemory(): Promise<void> {
  using device = await openDevice();
  console.log('GLIP-T, batch 1, 256 tokens: peak of a training step, GB, and the largest binding, MiB');
  console.log(
    '  picture      binding   plain            recompute        mixed            both             regularized      all',
  );
  for (const [height, width] of PICTURES) {
    for (const limit of LIMITS) {
      const cells = [
        {},
        { recompute: true },
        { mixed: true },
        { recompute: true, mixed: true },
        { regularized: true },
        { recompute: true, mixed: true, regularized: true },
      ].map((options) => {
        const { peakBytes, largestBinding } = costOf(device.info, limit * MIB, { height, width }, options);
        return `${(peakBytes / 1e9).toFixed(2)} (${Math.ceil(largestBinding / MIB)})`.padEnd(17);
      });
      console.log(`  ${`${height} x ${width}`.padEnd(12)} ${`${limit}`.padEnd(9)} ${cells.join('')}`);
    }
  }
}

function costOf(
  like: Capabilities,
  maxStorageBufferBindingSize: number,
  size: Pick<BatchShape, 'height' | 'width'>,
  options: StepOptions,
): { readonly peakBytes: number; readonly largestBinding: number } {
  using device = dryDevice({ ...like, limits: { ...like.limits, maxStorageBufferBindingSize } });
  let largestBinding = 0;
  coreOf(device).commands.timing = {
    pass(cost) {
      largestBinding = Math.max(largestBinding, cost.largestBinding);
      return {};
    },
  };
  const parameters = ParameterTree.dry(device);
  const shape = { images: 1, tokens: 256, ...size };
  const training = assemble(device, network(parameters, glipT), parameters, glipT, shape, options);
  training.step();
  return { peakBytes: device.memory.peak, largestBinding };
}

/** One training step of GLIP-T from random parameters on this machine: its loss, gradient norm, time and memory. */
export async function measureStep(side: number, options: StepOptions): Promise<void> {
  if (!(Number.isInteger(side) && side > 0))
    throw new Error('--step needs the side of the picture, in pixels');
  using device = await openDevice();
  const parameters = ParameterTree.random(device, 1);
  const shape = { images: 1, height: side, width: side, tokens: 256 };
  const model = network(parameters, glipT);
  const training = assemble(device, model, parameters, glipT, shape, options);
  await device.finish();
  const { adapter, limits } = device.info;
  console.log(`GLIP-T, ${side} x ${side}, 256 tokens, ${JSON.stringify(options)}, ${adapter.description}`);
  console.log(`  one binding holds ${limits.maxStorageBufferBindingSize / MIB} MiB`);
  for (const name of ['first', 'second']) {
    const [start, cpu] = [performance.now(), process.cpuUsage()];
    const { value, norm } = training.step();
    const [[loss], [length]] = await device.read([value, norm]);
    const { user, system } = process.cpuUsage(cpu);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(
      `  ${name} step: loss ${loss.toFixed(4)}, gradient norm ${length.toFixed(3)}, ${seconds} s, ${((user + system) / 1e6).toFixed(1)} s of processor time`,
    );
  }
  const megabytes = process.memoryUsage().rss / 1e6;
  console.log(
    `  peak ${(device.memory.peak / 1e9).toFixed(2)} GB of GPU buffers; process ${megabytes.toFixed(0)} MB`,
  );
}

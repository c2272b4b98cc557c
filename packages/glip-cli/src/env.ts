import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { cachedPublished, publishedModels } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { version } from '../package.json';
import { defineCommand } from './arguments/command.ts';
import { megabytes } from './outputs/progress.ts';
import { print } from './outputs/terminal.ts';

/** `glip env` */
export const env = defineCommand({
  name: 'env',
  usage: '',
  summary: 'print versions, machine and GPU, for bug reports',
  options: {},
  gpu: true,
  run,
});

async function run(): Promise<void> {
  const { default: sharp } = await import('sharp');
  const { location } = await cachedPublished(publishedModels[0].weights);
  const variables = Object.entries(process.env).filter(([name]) => /^(GLIP|VK|DAWN|MESA)_/.test(name));
  const rows: [name: string, value: string][] = [
    ['glip', version],
    ['node', `${process.version} on ${process.platform} ${process.arch}, ${release()}`],
    [
      'processor',
      `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads, ${megabytes(totalmem())}`,
    ],
    ['sharp', `${sharp.versions.sharp ?? 'unknown'}, libvips ${sharp.versions.vips}`],
    ['cache', location],
    ...variables
      .filter(([name]) => !name.startsWith('GLIP_STDERR') && name !== 'GLIP_SUPERVISED')
      .map(([name, value]): [string, string] => [name, value ?? '']),
  ];
  rows.push(...(await gpuRows()));
  const wide = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) print(`${name.padEnd(wide)}  ${value}`);
}

async function gpuRows(): Promise<[name: string, value: string][]> {
  try {
    const device = await openDevice();
    const { adapter, limits, features, gemm, cpu } = device.info;
    device.dispose();
    const { maxBufferSize, maxStorageBufferBindingSize, maxComputeInvocationsPerWorkgroup } = limits;
    return [
      [
        'adapter',
        [adapter.vendor, adapter.architecture, adapter.device, adapter.description]
          .filter(Boolean)
          .join(', '),
      ],
      ['software', cpu ? 'yes: runs on the CPU' : 'no'],
      ['features', [...features].sort().join(', ') || 'none'],
      ['matrix products', gemm],
      [
        'limits',
        `${megabytes(maxBufferSize)} in one tensor, ${megabytes(maxStorageBufferBindingSize)} in one binding, ${maxComputeInvocationsPerWorkgroup} invocations in a workgroup`,
      ],
    ];
  } catch (error) {
    return [['adapter', `none: ${error instanceof Error ? error.message : String(error)}`]];
  }
}

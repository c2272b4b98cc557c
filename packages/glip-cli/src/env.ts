import { createRequire } from 'node:module';
import { availableParallelism, cpus, freemem, homedir, release, version as system, totalmem } from 'node:os';
import { cachedPublished, publishedModels } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { version } from '../package.json';
import { defineCommand } from './arguments/command.ts';
import { entriesOf } from './cache.ts';
import { megabytes } from './outputs/progress.ts';
import { print } from './outputs/terminal.ts';

/** `glip env` */
export const env = defineCommand({
  name: 'env',
  usage: '',
  summary: 'print versions, machine and GPU, for bug reports',
  options: {},
  run,
});

async function run(): Promise<void> {
  const { default: sharp } = await import('sharp');
  const { location } = await cachedPublished(publishedModels[0].weights);
  const variables = Object.entries(process.env).filter(([name]) => /^(GLIP|VK|DAWN|MESA)_/.test(name));
  const rows: [name: string, value: string][] = [
    ['glip', version],
    ['node', `${process.version} on ${process.platform} ${process.arch}`],
    ['system', `${release()}, ${system()}`],
    ['processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} threads`],
    ['memory', `${megabytes(totalmem())}, ${megabytes(freemem())} free`],
    ['webgpu', webgpuVersion()],
    ['sharp', `${sharp.versions.sharp ?? 'unknown'}, libvips ${sharp.versions.vips}`],
    ['cache', withoutSecrets(location)],
    ['models', await cachedModels()],
    ...variables
      .filter(([name]) => !name.startsWith('GLIP_STDERR') && name !== 'GLIP_SUPERVISED')
      .map(([name, value = '']): [string, string] => [name, withoutSecrets(value)]),
  ];
  rows.push(...(await gpuRows()));
  const wide = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) print(`${name.padEnd(wide)}  ${value}`);
}

/** Version of Dawn's package, which is the WebGPU of Node. */
function webgpuVersion(): string {
  try {
    return (createRequire(import.meta.url)('webgpu/package.json') as { version: string }).version;
  } catch {
    return 'not installed';
  }
}

async function cachedModels(): Promise<string> {
  const names: string[] = [];
  for (const { name } of publishedModels) {
    const entries = await entriesOf(name);
    if (entries.length > 0)
      names.push(entries.every(({ partial }) => partial) ? `${name} (incomplete)` : name);
  }
  return names.join(', ') || 'none in the cache';
}

/** Text to paste in public: without the name of the user, and without passwords in URLs. */
function withoutSecrets(text: string): string {
  const short = text.startsWith(homedir()) ? `~${text.slice(homedir().length)}` : text;
  return short.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1…@').replace(/\?.*$/, '?…');
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

import { totalmem } from 'node:os';
import {
  cachedPublished,
  cachedWeights,
  DownloadError,
  estimateGlip,
  expectedDigits,
  type GlipConfig,
  type GlipEstimate,
  openModel,
  planDownload,
  publishedModel,
  type WeightOptions,
} from '@glip-wgpu/glip-core';
import { type Capabilities, openDevice } from '@glip-wgpu/tensor-wgpu';
import type { WeightDType } from '@glip-wgpu/tensor-wgpu/nn';
import { defineCommand, type Values } from './arguments/command.ts';
import { InputError } from './inputs/input-error.ts';
import { MODEL_OPTIONS, modelOptions, modelSource } from './model.ts';
import { describeSizes } from './outputs/download-plan.ts';
import { megabytes } from './outputs/progress.ts';
import { print } from './outputs/terminal.ts';

/** `glip info` */
export const info = defineCommand({
  name: 'info',
  usage: 'MODEL [options]',
  summary: 'describe a model and whether it fits this machine; downloads nothing',
  options: MODEL_OPTIONS,
  run,
});

type Rows = (readonly [name: string, value: string])[];

async function run(values: Values<typeof MODEL_OPTIONS>, positionals: readonly string[]): Promise<void> {
  const [model] = positionals;
  if (model === undefined || positionals.length > 1) throw new InputError('name one model: glip info MODEL');
  const options = modelOptions(values);
  const published = publishedModel(model);
  const config = published?.config ?? (await (await openModel(modelSource(model), options)).config());
  const rows: Rows = [['model', published ? `${published.title}, trained on ${published.trainedOn}` : model]];
  if (published) rows.push(...(await originRows(model, { weights: options.dtype, offline: values.offline })));
  rows.push(...partRows(config));
  const device = await openDevice();
  try {
    rows.push(...fitRows(config, device.info, options.dtype ?? 'f32'));
  } finally {
    device.dispose();
  }
  const wide = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) print(`${name.padEnd(wide)}  ${value}`);
}

/** Origin of a published model, and its state in the cache. */
async function originRows(name: string, options: WeightOptions): Promise<Rows> {
  const published = publishedModel(name);
  if (!published) return [];
  const { weights, vocabulary, license } = published;
  const { location, found } = await cachedWeights(published, options);
  const text = (await cachedPublished(vocabulary)).found;
  const digits = expectedDigits(weights, found?.name ?? weights.name);
  return [
    ['license', license],
    ['download', `${await sizes(name, options)}: ${weights.urls.join(' or ')}`],
    [
      'checksum',
      found
        ? `${found.sha256}, ${digits ? `verified: the name says ${digits}` : 'recorded when it was downloaded'}`
        : digits
          ? `begins with ${digits}; verified when it is downloaded`
          : 'none is published; recorded at the first download',
    ],
    [
      'in the cache',
      `${found ? `yes, ${found.name}, ${megabytes(found.size)}` : 'no'}, vocabulary ${text ? 'yes' : 'no'}: ${location}`,
    ],
  ];
}

async function sizes(name: string, options: WeightOptions): Promise<string> {
  try {
    const plan = await planDownload(name, { ...options, retryMs: 50 });
    return plan.cached ? 'nothing to download' : describeSizes(plan);
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return error.code === 'offline' ? 'size not queried, offline' : 'size unknown: no server answered';
  }
}

function partRows({ swin, bert, head, channels, fusion, text }: GlipConfig): Rows {
  return [
    [
      'image encoder',
      `Swin, width ${swin.embedDim}, ${swin.depths.join(', ')} blocks, window ${swin.window}`,
    ],
    ['text encoder', `BERT, width ${bert.dim}, ${bert.layers} layers, ${bert.vocabSize} word pieces`],
    [
      'head',
      `${head.stages} stages, width ${channels}, ${fusion ? `fused by ${fusion.heads} heads` : 'not fused'}`,
    ],
    ['prompt', `at most ${text.maxTokens} tokens in one pass`],
  ];
}

function fitRows(config: GlipConfig, device: Capabilities, dtype: WeightDType): Rows {
  const { adapter, limits, gemm } = device;
  const { image, text } = config;
  const side = (size: number): number =>
    Math.ceil(size / (image.sizeDivisibility || 1)) * (image.sizeDivisibility || 1);
  const imageSize = [side(image.minSize), side(image.maxSize)] as const;
  const rows: Rows = [
    ['adapter', [adapter.vendor, adapter.architecture, adapter.description].filter(Boolean).join(', ')],
    ['matrix products', gemm],
    [
      'limits',
      `${megabytes(limits.maxBufferSize)} in one tensor, ${megabytes(limits.maxStorageBufferBindingSize)} in one binding`,
    ],
  ];
  try {
    const size = { imageSize, tokens: Math.min(32, text.maxTokens), phrases: 8 };
    const cost = estimateGlip(config, device, size, { dtype });
    return [
      ['weights', `${megabytes(cost.parameterBytes)} on the GPU, kept as ${dtype}`],
      ...rows,
      [
        'largest image',
        `${imageSize.join(' x ')} with 32 tokens: ${(cost.flops / 1e9).toFixed(1)} GFLOP, ${megabytes(cost.peakBytes)} of GPU memory`,
      ],
      ['fits', verdict(cost, device)],
    ];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'DeviceError') throw error;
    return [...rows, ['fits', `no: ${error.message}`]];
  }
}

function verdict({ peakBytes, largestBinding }: GlipEstimate, { cpu, limits }: Capabilities): string {
  const largest = `largest binding ${megabytes(largestBinding)} of ${megabytes(limits.maxStorageBufferBindingSize)}`;
  if (!cpu) {
    return `yes, within the adapter's limits (${largest}), if it has ${megabytes(peakBytes)} free: WebGPU does not report that`;
  }
  const memory = totalmem();
  return peakBytes < 0.9 * memory
    ? `yes: ${megabytes(peakBytes)} of this machine's ${megabytes(memory)}, ${largest}`
    : `no: it needs ${megabytes(peakBytes)}, and this machine has ${megabytes(memory)}; try --weights q8`;
}

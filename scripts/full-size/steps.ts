import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toSafetensors } from '@glip-wgpu/checkpoint';
import { Glip, glipL, glipT, openModel } from '@glip-wgpu/glip-core';
import { isIgnored, network } from '@glip-wgpu/glip-core/network';
import { type Device, dryDevice, openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

/** Measurements of a step; bytes and milliseconds. Steps omit what does not apply. */
export interface StepResult {
  /** Peak memory of the process above its start, without the GPU's buffers. */
  readonly hostPeak: number;
  /** Peak memory of the process in total; on software Vulkan it includes the GPU's. */
  readonly processPeak: number;
  readonly bytes: number;
  readonly loadMs: number;
  readonly detectMs: number;
  readonly parameterBytes: number;
  readonly gpuPeak: number;
  /** Estimate of `gpuPeak` by `estimate`. */
  readonly estimatedPeak: number;
  /** Peak memory of the process while detecting, without the GPU's buffers: pixels, pipelines, transfers. */
  readonly detectHostPeak: number;
  readonly bindingLimit: number;
  readonly count: number;
  /** Of labels, boxes and scores, every bit. */
  readonly digest: string;
}

const NOTHING = {
  bytes: 0,
  loadMs: 0,
  detectMs: 0,
  parameterBytes: 0,
  gpuPeak: 0,
  estimatedPeak: 0,
  detectHostPeak: 0,
  bindingLimit: 0,
  count: 0,
  digest: '',
};
const CATEGORIES = ['dog', 'red car', 'traffic light', 'tree']; // 30 tokens of one letter
const BINDING_LIMIT = 128 * 2 ** 20;

/** Runs one step, in a process that does nothing else. */
export async function runStep(name: string, args: readonly string[]): Promise<StepResult> {
  if (name === 'dry') return readDry(args[0]);
  if (name === 'convert') return convert(args[0], args[1], args[2] === 'f16');
  return detect(args[0], args[1] as 'f32' | 'f16');
}

/** Starts sampling the process's memory minus the device's. */
function hostMeter(device?: Device) {
  globalThis.gc?.();
  const before = resident() - (device?.memory.allocated ?? 0);
  let peak = 0;
  const sample = (): void => {
    peak = Math.max(peak, resident() - (device?.memory.allocated ?? 0) - before);
  };
  return { sample, peak: (): number => peak };
}

/** Resident bytes, without mapped files. */
function resident(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  const kilobytes = ['RssAnon', 'RssShmem'].map((key) =>
    Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0),
  );
  return 1024 * kilobytes.reduce((sum, value) => sum + value, 0);
}

function processPeak(): number {
  return 1024 * process.resourceUsage().maxRSS;
}

/** Reads every parameter as in loading, with a device that keeps nothing. */
async function readDry(path: string): Promise<StepResult> {
  const { info } = await openDevice();
  const device = dryDevice(info);
  const meter = hostMeter();
  const { source, config } = await openModel(path);
  const sizes = await config();
  await ParameterTree.load(device, source, (p) => network(p, sizes), isIgnored, { onRead: meter.sample });
  return { ...NOTHING, hostPeak: meter.peak(), processPeak: processPeak() };
}

async function convert(path: string, out: string, f16: boolean): Promise<StepResult> {
  const meter = hostMeter();
  const { file } = await openModel(path);
  const converted = toSafetensors(file, { f16 });
  const target = openSync(out, 'w');
  for await (const chunk of converted.chunks()) {
    for (let done = 0; done < chunk.length; ) done += writeSync(target, chunk, done);
    meter.sample();
  }
  closeSync(target);
  return { ...NOTHING, bytes: converted.size, hostPeak: meter.peak(), processPeak: processPeak() };
}

async function detect(path: string, dtype: 'f32' | 'f16'): Promise<StepResult> {
  const device = await openDevice({ limits: { maxStorageBufferBindingSize: BINDING_LIMIT } });
  const meter = hostMeter(device);
  const base = dirname(path).endsWith('l') ? glipL : glipT;
  // Random weights give low scores, so every score counts.
  const config = { ...base, detection: { ...base.detection, inferenceThreshold: 0 } };
  let start = performance.now();
  const vocabulary = join(dirname(path), 'vocab.txt');
  const glip = await Glip.load(
    { weights: path, config, vocabulary },
    { device, dtype, onRead: meter.sample },
  );
  const loadMs = performance.now() - start;
  const hostPeak = meter.peak();
  const image = { data: new Uint8Array(800 * 1333 * 3), width: 1333, height: 800, channels: 3 } as const;
  for (let i = 0; i < image.data.length; i++) image.data[i] = (Math.imul(i, 0x9e3779b1) >>> 24) & 0xff;
  const detectMeter = hostMeter(device);
  const sampling = setInterval(detectMeter.sample, 20);
  start = performance.now();
  const found = await glip.detect(image, { categories: CATEGORIES }, { threshold: 0 });
  const detectMs = performance.now() - start;
  clearInterval(sampling);
  const tokens = glip.tokenizer.encode(CATEGORIES.join('. ')).ids.length;
  const values = found.map(({ label, box, score }) => [label, ...box, score]);
  return {
    ...NOTHING,
    hostPeak,
    detectHostPeak: detectMeter.peak(),
    processPeak: processPeak(),
    loadMs,
    detectMs,
    parameterBytes: glip.parameterBytes,
    gpuPeak: device.memory.peak,
    estimatedPeak: glip.estimate({ imageSize: [800, 1344], tokens, phrases: CATEGORIES.length }).peakBytes,
    bindingLimit: device.info.limits.maxStorageBufferBindingSize,
    count: found.length,
    digest: createHash('sha256').update(JSON.stringify(values)).digest('hex'),
  };
}

import { readFileSync } from 'node:fs';
import { openCheckpoint, parameterSource } from '@glip-wgpu/checkpoint';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip, parseConfig } from '@glip-wgpu/glip-core';
import { isIgnored, network } from '@glip-wgpu/glip-core/network';
import {
  byteSource,
  capture,
  type Device,
  matmul,
  openDevice,
  profile,
  scope,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { coreOf } from '@glip-wgpu/tensor-wgpu/testing';
import { measureSingleNames } from './measure-single-names.ts';
import { measureTraining } from './measure-training.ts';
import { measureWeights } from './measure-weights.ts';

const RUNS = 20;

/**
 * Measures the README's figures on this machine: `npm run measure`; `-- --training` for a training step, `-- --weights`
 * for weights in fewer bits, `-- --single-names` for prompts of one name.
 */
export async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--training')) {
    await measureTraining(args);
    return 0;
  }
  if (args.includes('--weights')) {
    await measureWeights(args);
    return 0;
  }
  if (args.includes('--single-names')) {
    await measureSingleNames(args);
    return 0;
  }
  using device = await openDevice();
  const { adapter, gemm } = device.info;
  console.log(`${adapter.description || adapter.device}, matrix products: ${gemm}`);
  await measureMatmul(device);
  await measureReplay(device);
  await measureDetection();
  return 0;
}

async function measureMatmul(device: Device): Promise<void> {
  for (const [m, k, n] of [
    [1024, 1024, 1024],
    [4200, 384, 1536],
  ]) {
    const random = (size: number): Float32Array =>
      Float32Array.from({ length: size }, () => Math.random() - 0.5);
    const a = device.tensor(random(m * k), [m, k]);
    const b = device.tensor(random(n * k), [n, k]);
    const ms = await medianMs(async () => {
      matmul(a, b, { transposeB: true }).dispose();
      await device.finish();
    });
    console.log(`matmul ${m} x ${k} x ${n}: ${((2 * m * k * n) / ms / 1e6).toFixed(1)} GFLOP/s`);
    a.dispose();
    b.dispose();
  }
}

/** CPU time of one pass, captured and replayed or dispatched one by one. */
async function measureReplay(device: Device): Promise<void> {
  const config = parseConfig(readFileSync(emojiTiny.config, 'utf8'));
  const weights = parameterSource(await openCheckpoint(byteSource(readFileSync(emojiTiny.weights))));
  const build = (p: ParameterTree) => network(p, config);
  const { model } = await ParameterTree.load(device, weights, build, isIgnored);
  const image = device.tensor(new Float32Array(160 * 160 * 4), [1, 160, 160, 4]);
  const hidden = model.encodeText(device.tensor(Uint32Array.of(2, 253, 5, 231, 5, 115, 175, 5, 3), [1, 9]));
  const pass = (pixels: Tensor, text: Tensor) => ({
    ...model.ground(model.encodeImage(pixels), { hidden: text }),
  });
  const replay = capture(device, pass);
  const host = (run: typeof pass): Promise<number> =>
    medianMs(async (stop) => {
      const outputs = scope(() => run(image, hidden));
      coreOf(device).commands.flush();
      stop();
      for (const tensor of Object.values(outputs)) tensor.dispose();
      await device.finish();
    });
  const [plain, recorded] = [await host(pass), await host(replay)];
  const share = ((100 * recorded) / plain).toFixed(1);
  console.log(`host time of a pass: ${plain.toFixed(1)} ms, replayed ${recorded.toFixed(1)} ms (${share} %)`);
}

async function measureDetection(): Promise<void> {
  using glip = await Glip.load(emojiTiny);
  const image = {
    data: new Uint8Array(160 * 160 * 3).fill(90),
    width: 160,
    height: 160,
    channels: 3 as const,
  };
  const prompt = { categories: ['dog', 'red apple', 'traffic light'] };
  const start = performance.now();
  await glip.detect(image, prompt);
  const first = performance.now() - start;
  const ms = await medianMs(async () => void (await glip.detect(image, prompt)));
  const { dispatches, readBacks } = await profile(glip.device, () => glip.detect(image, prompt));
  console.log(`emoji-tiny, 160 x 160: first ${first.toFixed(0)} ms, then ${ms.toFixed(0)} ms`);
  console.log(`${dispatches.length} dispatches, ${readBacks} transfer from the GPU`);
  const { peakBytes } = glip.estimate({ imageSize: [160, 160], tokens: 9, phrases: 3 });
  console.log(
    `peak ${(glip.device.memory.peak / 1e6).toFixed(2)} MB, estimated ${(peakBytes / 1e6).toFixed(2)} MB`,
  );
}

/** Median of several runs after two to warm up; a run may stop its clock early. */
async function medianMs(run: (stop: () => void) => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let i = -2; i < RUNS; i++) {
    const start = performance.now();
    let end = 0;
    await run(() => {
      end = performance.now();
    });
    if (i >= 0) times.push((end || performance.now()) - start);
  }
  return times.sort((a, b) => a - b)[RUNS / 2];
}

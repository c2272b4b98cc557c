import { readFileSync } from 'node:fs';
import { openCheckpoint, parameterSource } from '@glip-wgpu/checkpoint';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type GlipConfig, glipT, parseConfig } from '@glip-wgpu/glip-core';
import { isIgnored, type Network, network } from '@glip-wgpu/glip-core/network';
import {
  byteSource,
  capture,
  type Device,
  type DispatchCost,
  dryDevice,
  openDevice,
  profile,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { coreOf } from '@glip-wgpu/tensor-wgpu/testing';
import { assemble, type BatchShape, type StepOptions } from '../apps/bench/src/suites/training-step.ts';
import { measureMemory, measureStep } from './measure-memory.ts';

const EMOJI_TINY: BatchShape = { images: 8, height: 160, width: 160, tokens: 64 };
const GLIP_T: BatchShape = { images: 1, height: 800, width: 1344, tokens: 256 };
const ROUNDS = 4;

/**
 * Cost of a training step (forward pass, loss, gradients, AdamW): dispatches and bytes by phase and kernel, then
 * processor time of all threads. `npm run measure -- --training [--kernels] [--counts] [--profile]`; with `--memory`, GLIP-T's
 * memory instead; with `--step SIDE`, one real step of it on a square picture. `--mixed` counts and steps with activations in f16;
 * times are of both.
 */
export async function measureTraining(args: readonly string[]): Promise<void> {
  const side = Number(args[args.indexOf('--step') + 1]);
  if (args.includes('--memory')) return measureMemory();
  const mixed = args.includes('--mixed');
  if (args.includes('--step')) return measureStep(side, { recompute: args.includes('--recompute'), mixed });
  using device = await openDevice();
  const tiny = parseConfig(readFileSync(emojiTiny.config, 'utf8'));
  const kernels = args.includes('--kernels');
  printPhases('emoji-tiny', EMOJI_TINY, countPhases(device, tiny, EMOJI_TINY, { mixed }), kernels);
  printPhases('GLIP-T', GLIP_T, countPhases(device, glipT, GLIP_T, { mixed }), kernels);
  if (!args.includes('--counts')) await measureSteps(device, tiny, EMOJI_TINY, args.includes('--profile'));
}

/** Dispatches of one training step, counted on a device that computes nothing. */
interface Phases {
  readonly forward: readonly DispatchCost[];
  readonly taped: readonly DispatchCost[];
  readonly loss: readonly DispatchCost[];
  readonly backward: readonly DispatchCost[];
  readonly optimizer: readonly DispatchCost[];
  readonly peakBytes: number;
}

function countPhases(like: Device, config: GlipConfig, shape: BatchShape, options: StepOptions): Phases {
  const device = dryDevice(like.info);
  let costs: DispatchCost[] = [];
  coreOf(device).commands.timing = {
    pass(cost) {
      costs.push(cost);
      return {};
    },
  };
  const since = (): DispatchCost[] => {
    const all = costs;
    costs = [];
    return all;
  };
  const parameters = ParameterTree.dry(device);
  const training = assemble(device, network(parameters, config), parameters, config, shape, options);
  since();
  for (const tensor of Object.values(training.predict())) tensor.dispose();
  const forward = since();
  let taped: DispatchCost[] = [];
  let loss: DispatchCost[] = [];
  const { value, grads } = valueAndGrad(() => {
    const predictions = training.predict();
    taped = since();
    const total = training.lossOf(predictions);
    loss = since();
    return total;
  }, [...training.trained.values()]);
  const backward = since();
  training.optimizer.step(grads).dispose();
  const optimizer = since();
  for (const tensor of [value, ...grads]) tensor.dispose();
  return { forward, taped, loss, backward, optimizer, peakBytes: device.memory.peak };
}

function printPhases(name: string, shape: BatchShape, phases: Phases, kernels: boolean): void {
  const { images, height, width, tokens } = shape;
  console.log(`\n${name}, batch ${images}, ${height} x ${width}, T = ${tokens}, on the dry device`);
  const { forward, taped, loss, backward, optimizer, peakBytes } = phases;
  const rows: [string, readonly DispatchCost[]][] = [
    ['forward', forward],
    ['forward, taped', taped],
    ['loss', loss],
    ['backward', backward],
    ['optimizer', optimizer],
    ['whole step', [...taped, ...loss, ...backward, ...optimizer]],
  ];
  for (const [title, costs] of rows) {
    const small = costs.filter(({ bytes }) => bytes < 16_000).length;
    console.log(`  ${title.padEnd(16)} ${summary(costs)}, ${small} bind less than 16 kB`);
  }
  console.log(`  peak ${(peakBytes / 1e9).toFixed(2)} GB`);
  if (!kernels) return;
  console.log('  kernel                    forward   taped+loss   backward   optimizer        GB');
  const all = [...taped, ...loss, ...backward, ...optimizer];
  const count = (costs: readonly DispatchCost[], kernel: string): number =>
    costs.filter((cost) => cost.kernel === kernel).length;
  for (const kernel of byCount(all)) {
    const own = all.filter((cost) => cost.kernel === kernel);
    const cells = [forward, [...taped, ...loss], backward, optimizer].map((costs) => count(costs, kernel));
    const columns = cells.map((cell, i) => String(cell).padStart([9, 13, 11, 12][i])).join('');
    console.log(`  ${kernel.padEnd(24)}${columns}${(bytesOf(own) / 1e9).toFixed(3).padStart(10)}`);
  }
}

function byCount(costs: readonly DispatchCost[]): string[] {
  const counts = new Map<string, number>();
  for (const { kernel } of costs) counts.set(kernel, (counts.get(kernel) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([kernel]) => kernel);
}

const bytesOf = (costs: readonly DispatchCost[]): number => costs.reduce((sum, { bytes }) => sum + bytes, 0);

function summary(costs: readonly DispatchCost[]): string {
  const flops = costs.reduce((sum, cost) => sum + cost.flops, 0);
  const count = String(costs.length).padStart(6);
  return `${count} dispatches, ${(flops / 1e9).toFixed(2)} GFLOP, ${(bytesOf(costs) / 1e9).toFixed(2)} GB bound`;
}

/** Processor time of all threads for the captured forward pass and the captured step, interleaved. */
async function measureSteps(
  device: Device,
  config: GlipConfig,
  shape: BatchShape,
  profiles: boolean,
): Promise<void> {
  const source = parameterSource(await openCheckpoint(byteSource(readFileSync(emojiTiny.weights))));
  const build = (p: ParameterTree): Network => network(p, config);
  const { model, parameters } = await ParameterTree.load(device, source, build, isIgnored);
  const { predict, step } = assemble(device, model, parameters, config, shape);
  const inHalves = assemble(device, model, parameters, config, shape, { mixed: true });
  const forward = capture(device, () => ({ ...predict() }));
  const whole = capture(device, step);
  const mixed = capture(device, inHalves.step);
  const time = async (run: () => object): Promise<number> => {
    const start = process.cpuUsage();
    const outputs = run();
    await device.finish();
    const { user, system } = process.cpuUsage(start);
    for (const tensor of Object.values(outputs)) tensor.dispose();
    return (user + system) / 1000;
  };
  for (const run of [forward, whole, mixed]) await time(run);
  const times = { forward: [] as number[], whole: [] as number[], mixed: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.forward.push(await time(forward));
    times.whole.push(await time(whole));
    times.mixed.push(await time(mixed));
  }
  const least = (list: readonly number[]): number => Math.min(...list);
  const list = (all: readonly number[]): string => all.map((ms) => ms.toFixed(0)).join(', ');
  console.log(`\nemoji-tiny, processor time of all threads, ms, ${ROUNDS} rounds interleaved`);
  console.log(`  forward, captured  ${list(times.forward)}`);
  console.log(`  step, captured     ${list(times.whole)}`);
  console.log(`  mixed, captured    ${list(times.mixed)}`);
  console.log(`  lowest ${least(times.whole).toFixed(0)} / ${least(times.forward).toFixed(0)}`);
  console.log(`  ratio  ${(least(times.whole) / least(times.forward)).toFixed(2)}`);
  if (profiles) await printProfile(device, whole);
}

/** GPU time of a step by kernel, on devices that measure it. */
async function printProfile(device: Device, run: () => object): Promise<void> {
  const { dispatches, result } = await profile(device, run);
  for (const tensor of Object.values(result)) tensor.dispose();
  const total = dispatches.reduce((sum, { ms = 0 }) => sum + ms, 0);
  console.log(`\nprofile of a step: ${dispatches.length} dispatches, ${total.toFixed(0)} ms`);
  const rows = byCount(dispatches).map((kernel) => {
    const own = dispatches.filter((dispatch) => dispatch.kernel === kernel);
    return { kernel, own, ms: own.reduce((sum, { ms = 0 }) => sum + ms, 0) };
  });
  for (const { kernel, own, ms } of rows.sort((a, b) => b.ms - a.ms)) {
    const share = `${((100 * ms) / total).toFixed(1)} %`.padStart(8);
    const rate = (bytesOf(own) / ms / 1e6).toFixed(2).padStart(8);
    console.log(
      `  ${kernel.padEnd(24)}${ms.toFixed(1).padStart(9)} ms${share}${String(own.length).padStart(6)} x${rate} GB/s`,
    );
  }
}

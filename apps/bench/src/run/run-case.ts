import { type Device, DeviceError, profile } from '@glip-wgpu/tensor-wgpu';
import { coreOf } from '@glip-wgpu/tensor-wgpu/testing';
import { measure } from '../measure/measure.ts';
import { followMemory, type MemoryLog } from '../measure/memory.ts';
import { type Recording, recordWork } from '../measure/recording.ts';
import { type Roofline, roofMs } from '../measure/roofline.ts';
import { type Check, compareNumbers } from '../measure/sampled-check.ts';
import { median } from '../measure/statistics.ts';
import type { CaseResult, DispatchTime } from '../report/report.ts';
import {
  type BenchCase,
  type Context,
  type Cost,
  type GpuWork,
  idOf,
  type WallWork,
} from '../suites/bench-case.ts';
import type { Settings } from './settings.ts';
import { reasonToSkip, slowerThan, wish } from './too-long.ts';

type Measured = Omit<CaseResult, 'id' | 'suite' | 'subject' | 'name'>;

/** Runs and measures one case; undefined if it was stopped. Never throws: errors become results. */
export async function runCase(
  item: BenchCase,
  context: Context,
  settings: Settings,
  roofline: Roofline | undefined,
  signal?: AbortSignal,
): Promise<CaseResult | undefined> {
  const { suite, subject, name } = item;
  const label = { id: idOf(item), suite, subject, name };
  const { device } = context;
  try {
    const memory = followMemory(device);
    const cost = item.estimate?.(device.info);
    const tooLong = cost && reasonToSkip(suite, cost, settings, roofline);
    if (tooLong) return { ...label, status: 'skipped', message: tooLong };
    const measured = await prepareAndRun(item, context, settings, memory, signal);
    memory.note();
    const { peak } = device.memory;
    return { ...label, ...withRoof(measured, cost, roofline), peakBytes: peak, memory: memory.points };
  } catch (error) {
    if (signal?.aborted) return undefined;
    return { ...label, ...(await failure(device, error)) };
  }
}

async function prepareAndRun(
  item: BenchCase,
  context: Context,
  settings: Settings,
  memory: MemoryLog,
  signal?: AbortSignal,
): Promise<Measured> {
  const { device } = context;
  using work = await item.prepare(context);
  memory.note();
  const measured = await (work.kind === 'gpu'
    ? runGpu(device, work, settings, memory, signal)
    : runWall(device, work, settings, memory, signal));
  const firstRun = memory.points.at(-1);
  memory.note();
  return { ...measured, ...(firstRun ? { poolBytes: firstRun.allocated - firstRun.live } : {}) };
}

async function runGpu(
  device: Device,
  work: GpuWork,
  settings: Settings,
  memory: MemoryLog,
  signal?: AbortSignal,
): Promise<Measured> {
  using recording = recordWork(device, work.body);
  const { flops } = recording;
  const bytes = work.bytes ?? recording.bytes;
  const { numbers: once, seconds } = await runOnce(device, recording);
  memory.note();
  const check = await work.check(recording.outputs);
  if (check.message) return { status: statusOf(check), message: check.message, check, flops, bytes };
  if (slowerThan(settings.budgetS, seconds)) {
    const { seconds } = await runOnce(device, recording); // without compilation
    if (slowerThan(settings.budgetS, seconds))
      return { status: 'skipped', message: `a run takes ${wish(seconds)}`, check, flops, bytes };
  }
  const timing = await measure(device, recording, settings, signal);
  const again = await sameBits(device, recording, once);
  if (again.worst > 1) return { status: 'wrong', message: again.message, check: again, flops, bytes };
  const dispatchCount = recording.dispatches.length;
  const dispatches = dispatchCount > 1 ? await dispatchTimes(device, recording) : undefined;
  return { status: 'ok', check, ...timing, flops, bytes, dispatchCount, dispatches };
}

const statusOf = ({ worst }: Check): 'wrong' | 'skipped' => (worst > 1 ? 'wrong' : 'skipped');

/** Runs once and returns the first output. */
async function runOnce(
  device: Device,
  { dispatches, outputs }: Recording,
): Promise<{ readonly numbers: ArrayLike<number>; readonly seconds: number }> {
  const start = performance.now();
  for (const dispatch of dispatches) coreOf(device).commands.replay(dispatch);
  const [numbers] = await device.read([outputs[0]]);
  return { numbers, seconds: (performance.now() - start) / 1000 };
}

/** After all repeats, the results must be identical to those of the first run. */
async function sameBits(device: Device, { outputs }: Recording, first: ArrayLike<number>): Promise<Check> {
  const [last] = await device.read([outputs[0]]);
  return compareNumbers('after all runs, output 0', last, Float64Array.from(first), {
    rtol: 0,
    atol: Number.MIN_VALUE,
    perSize: 0,
  });
}

async function runWall(
  device: Device,
  work: WallWork,
  { samples: wanted, budgetS }: Settings,
  memory: MemoryLog,
  signal?: AbortSignal,
): Promise<Measured> {
  const check = await work.check?.();
  if (check?.message) return { status: statusOf(check), message: check.message, check };
  const time = async (): Promise<number> => {
    signal?.throwIfAborted();
    const start = performance.now();
    await work.once();
    return performance.now() - start;
  };
  const firstMs = await time();
  memory.note();
  const before = device.memory.readBacks;
  await time();
  const readBacks = device.memory.readBacks - before;
  const samples: number[] = [];
  const start = performance.now();
  while (samples.length < wanted) {
    samples.push(Math.max(1e-3, await time()));
    if (samples.length >= 3 && performance.now() - start > 1000 * budgetS) break;
  }
  const dispatches = work.profiled
    ? (await profile(device, () => work.once())).dispatches.map(timeOnly)
    : undefined;
  const { bytes, images } = work;
  return {
    status: 'ok',
    check,
    clock: 'wall',
    repeats: 1,
    samples,
    firstMs,
    bytes,
    images,
    readBacks,
    dispatches,
    dispatchCount: dispatches?.length,
  };
}

async function dispatchTimes(device: Device, { dispatches }: Recording): Promise<DispatchTime[]> {
  const { dispatches: timed } = await profile(device, () => {
    for (const dispatch of dispatches) coreOf(device).commands.replay(dispatch);
  });
  return timed.map(timeOnly);
}

const timeOnly = ({ kernel, shapes, ms, flops, bytes }: DispatchTime): DispatchTime => ({
  kernel,
  shapes,
  ms,
  flops,
  bytes,
});

function withRoof(measured: Measured, cost: Cost | undefined, roofline: Roofline | undefined): Measured {
  const flops = measured.flops ?? cost?.flops;
  const bytes = measured.bytes ?? cost?.bytes;
  const { samples } = measured;
  if (flops === undefined || !samples || !roofline) return { ...measured, flops, bytes };
  return { ...measured, flops, bytes, roof: roofMs(roofline, flops, bytes ?? 0) / median(samples) };
}

async function failure(device: Device, error: unknown): Promise<Measured> {
  const message = error instanceof Error ? error.message : String(error);
  const isLost = error instanceof DeviceError && (error.reason === 'lost' || error.reason === 'disposed');
  if (!isLost && !(error instanceof DeviceError)) {
    // Unfinished work of the case must not affect the next one.
    await device.finish().catch(() => {});
    device.trim();
  }
  return { status: isLost ? 'lost' : 'error', message };
}

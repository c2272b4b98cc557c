import { totalmem } from 'node:os';
import type { GlipConfig } from '@glip-wgpu/glip-core';
import { batchShapes, estimateTraining } from '@glip-wgpu/glip-train';
import { type Capabilities, DeviceError } from '@glip-wgpu/tensor-wgpu';
import { InputError } from '../inputs/input-error.ts';
import { batchesOf, planOf, type RunConfig, type RunPhase } from './run-config.ts';
import { trainableConfig } from './trainable-model.ts';
import type { RunData } from './training-data.ts';

/** A run as it is to be trained, and where. */
export interface FitInput {
  readonly model: GlipConfig;
  readonly data: Pick<RunData, 'training'>;
  readonly device: Capabilities;
  /** Bytes that the run may use; undefined if nobody knows. */
  readonly memory: number | undefined;
}

const MAX_BATCH = 64;
const SHARE = 0.8; // of the machine's memory, for software adapters
const SIDE = 32;

/** Bytes that may be used: those that the user says, else most of the machine's where the GPU is its processor. */
export function memoryFor(given: number | undefined, { cpu }: Capabilities): number | undefined {
  return given ?? (cpu ? SHARE * totalmem() : undefined);
}

/**
 * Peak bytes of GPU memory of a run's steps.
 *
 * @throws InputError if they do not fit into the memory or the adapter's limits, with what would fit; PlanError, DataError
 */
export function expectFit(config: RunConfig, input: FitInput): number {
  const needed = bytesOf(config, input);
  if (fits(needed, input)) return needed as number;
  const why =
    typeof needed === 'number'
      ? `needs about ${gigabytes(needed)} of GPU memory, and ${gigabytes(input.memory as number)} may be used`
      : `does not fit this adapter: ${needed.message}`;
  const remedies = [...remediesOf(config)].flatMap(({ option, changed }) => {
    const bytes = bytesOf(changed, input);
    return fits(bytes, input) ? [`${option} (${gigabytes(bytes as number)})`] : [];
  });
  const advice =
    remedies.length > 0
      ? `it fits with ${remedies.slice(0, 3).join(', or with ')}`
      : 'it does not fit with smaller batches or half the size of the pictures either: use a smaller model';
  throw new InputError(`this training ${why}; ${advice}`);
}

/** The largest power of two of pictures per step that fits. @throws InputError if none does, or if the memory is unknown */
export function largestBatch(withBatch: (batch: number) => RunConfig, input: FitInput): number {
  if (input.memory === undefined) {
    throw new InputError(
      '--batch auto: WebGPU does not tell the memory of a GPU; give it in gigabytes, such as --memory 8',
    );
  }
  const images = input.data.training.reduce((sum, one) => sum + one.images.length, 0);
  expectFit(withBatch(1), input);
  let batch = 1;
  while (2 * batch <= Math.min(MAX_BATCH, images) && fits(bytesOf(withBatch(2 * batch), input), input)) {
    batch *= 2;
  }
  return batch;
}

/** "1.2 GB", "340 MB" */
export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function fits(needed: number | DeviceError, { memory = Number.POSITIVE_INFINITY }: FitInput): boolean {
  return typeof needed === 'number' && needed <= memory;
}

/** Bytes, or the limit of the adapter that is exceeded. */
function bytesOf(config: RunConfig, { model, data, device }: FitInput): number | DeviceError {
  const { seed } = config;
  try {
    return estimateTraining(
      trainableConfig(model, config),
      planOf(config),
      (phase) => {
        const { prompts: _, augment: __, ...sizes } = batchesOf(config, phase as RunPhase);
        const shapes = batchShapes({ datasets: data.training, config: model, seed, ...sizes });
        return { ...sizes, shapes: shapes.slice(0, 1) }; // recorded steps share their memory: the largest shape counts
      },
      device,
    ).peakBytes;
  } catch (error) {
    if (error instanceof DeviceError && error.reason === 'out-of-memory') return error;
    throw error;
  }
}

/** Changes of the configuration that take less memory; those that change results least come first. */
function* remediesOf(config: RunConfig): Generator<{ readonly option: string; readonly changed: RunConfig }> {
  const { batch, accumulate, sizes } = config.batches;
  const inParts = (parts: number, from = config): RunConfig => ({
    ...from,
    batches: { ...from.batches, accumulate: parts },
    phases: from.phases.map((phase) => (phase.accumulate ? { ...phase, accumulate: parts } : phase)),
  });
  const recomputed = { ...config, recompute: true };
  const counts = [2, 4, 8, 16, 32, 64].map((factor) => factor * accumulate).filter((n) => batch % n === 0);
  if (!config.recompute) yield { option: '--recompute', changed: recomputed };
  for (const parts of counts) yield { option: `--accumulate ${parts}`, changed: inParts(parts) };
  const most = counts.at(-1) ?? accumulate;
  if (!config.recompute && most > accumulate)
    yield { option: `--recompute --accumulate ${most}`, changed: inParts(most, recomputed) };
  if (config.precision !== 'mixed') {
    yield { option: '--precision mixed', changed: { ...config, precision: 'mixed' } };
    const least = inParts(most, { ...recomputed, precision: 'mixed' });
    const parts = most > accumulate ? ` --accumulate ${most}` : '';
    yield { option: `--recompute --precision mixed${parts}`, changed: least };
  }
  for (const share of [0.75, 0.5]) {
    const smaller = sizes.map((size) => Math.max(SIDE, Math.round((share * size) / SIDE) * SIDE));
    const { maxSize } = config.batches;
    const resized = inParts(most, recomputed);
    const batches = {
      ...resized.batches,
      sizes: smaller,
      maxSize: Math.max(...smaller, Math.round(share * maxSize)),
    };
    const option = `--recompute${most > 1 ? ` --accumulate ${most}` : ''} ${smaller.map((size) => `--size ${size}`).join(' ')}`;
    yield { option, changed: { ...resized, batches } };
  }
}

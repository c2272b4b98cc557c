import type { DispatchCost, DispatchList } from './device/command-stream.ts';
import type { Device } from './device/device.ts';
import type { Allocator, Storage } from './device/memory.ts';
import { ShapeError } from './errors.ts';
import { mapTensors, refusePromise, scope, tensorsIn, unscoped } from './scope.ts';
import type { Tensor } from './tensor.ts';

const MOST_CAPTURES = 8; // per device

/** A function of tensors whose dispatches are recorded once for each set of input shapes, then replayed. */
export interface Captured<A extends readonly unknown[], T> extends Disposable {
  (...inputs: A): T;
  /** Forgets the recorded passes and gives their memory back. */
  dispose(): void;
}

/**
 * Records what `body` does to the device, once for each set of input shapes, and replays it on new inputs at
 * almost no CPU cost. Inputs and result are tensors, or arrays and objects of tensors.
 *
 * What changes between replays must be an input tensor: numbers and data that `body` takes from elsewhere are
 * those of the recording. Tensors that `body` uses but does not make (parameters) must stay alive and in place.
 *
 * @throws ShapeError if body reads a tensor or returns a promise; if an input, or a tensor that the recording uses, was
 *   disposed
 */
export function capture<A extends readonly unknown[], T>(
  device: Device,
  body: (...inputs: A) => T,
): Captured<A, T> {
  const recordings = new Map<string, Recording<T>>();
  const run = (...inputs: A): T => {
    device.check();
    const tensors = [...tensorsIn(inputs)];
    for (const tensor of tensors) expectUsable(device, tensor);
    const key = tensors.map(({ shape, dtype }) => `${dtype}[${shape}]`).join();
    let recording = recordings.get(key);
    if (!recording) {
      recording = recordPass(device, body, inputs);
      recordings.set(key, recording);
    }
    expectAlive(recording);
    keepMostRecent(device, recording, () => recordings.delete(key));
    return replay(device, recording, tensors);
  };
  const dispose = (): void => {
    for (const recording of recordings.values()) forget(device, recording);
    recordings.clear();
  };
  return Object.assign(run, { dispose, [Symbol.dispose]: dispose });
}

type Use = Pick<DispatchCost, 'kernel' | 'shapes'>;

interface Recording<T> {
  readonly inputs: readonly Tensor[];
  readonly result: T;
  readonly list: DispatchList;
  readonly constants: Kept;
  /** Memory that it uses but does not own, and what for. */
  readonly foreign: ReadonlyMap<Storage, Use>;
}

function expectUsable(device: Device, tensor: Tensor): void {
  const { shape } = tensor;
  if (tensor.device !== device) throw new ShapeError(`capture: input [${shape}] lives on another device`);
  if (tensor.disposed) throw new ShapeError(`capture: input [${shape}] was disposed`);
}

/** Memory of a tensor that is gone may hold anything by now: a replay would compute with it. */
function expectAlive({ foreign }: Recording<unknown>): void {
  for (const [{ users }, { kernel, shapes }] of foreign) {
    if (users > 0) continue;
    throw new ShapeError(
      `capture: a tensor that the recorded pass uses was disposed: ${kernel} of ${shapes}`,
    );
  }
}

/** Memory of a capture's constants: taken from the pool, given back when the capture goes. */
class Kept implements Allocator {
  readonly #buffers: GPUBuffer[] = [];
  readonly #pool: Allocator;

  constructor(pool: Allocator) {
    this.#pool = pool;
  }

  take(bytes: number): GPUBuffer {
    const buffer = this.#pool.take(bytes);
    this.#buffers.push(buffer);
    return buffer;
  }

  give(): void {} // still read by every replay

  release(): void {
    for (const buffer of this.#buffers.splice(0)) this.#pool.give(buffer);
  }
}

function recordPass<A extends readonly unknown[], T>(
  device: Device,
  body: (...inputs: A) => T,
  inputs: A,
): Recording<T> {
  const { commands, arena } = device;
  if (commands.recording) throw new ShapeError('capture: not inside another captured function');
  commands.flush();
  arena.reset();
  const constants = new Kept(device.pool);
  try {
    return unscoped(() =>
      device.allocateFrom(arena, constants, () => {
        const places = mapTensors(inputs, ({ shape, dtype }) => device.empty(shape, dtype));
        const { result, list } = commands.record(() =>
          scope(() => refusePromise('capture', body(...places))),
        );
        const foreign = new Map<Storage, Use>();
        for (const { storages, cost } of list.dispatches) {
          for (const storage of storages) {
            if (storage.allocator !== arena && storage.allocator !== constants) foreign.set(storage, cost);
          }
        }
        for (const { storage, shape } of tensorsIn(result)) {
          if (storage.allocator !== arena && storage.allocator !== constants) {
            foreign.set(storage, { kernel: 'the result', shapes: `[${shape}]` });
          }
        }
        return { inputs: [...tensorsIn(places)], result, list, constants, foreign };
      }),
    );
  } catch (error) {
    constants.release();
    throw error;
  }
}

function replay<T>(device: Device, recording: Recording<T>, inputs: readonly Tensor[]): T {
  const { commands } = device;
  commands.flush();
  let encoder = device.gpu.createCommandEncoder();
  for (const [i, input] of inputs.entries()) copy(encoder, input, recording.inputs[i]);
  const { dispatches } = recording.list;
  for (let next = 0; ; ) {
    next = commands.encode(encoder, dispatches, next);
    if (next === dispatches.length) break;
    commands.submit(encoder);
    encoder = device.gpu.createCommandEncoder();
  }
  const result = mapTensors(recording.result, (output) => {
    const own = device.empty(output.shape, output.dtype);
    copy(encoder, output, own);
    return own;
  });
  commands.submit(encoder);
  return result;
}

function copy(encoder: GPUCommandEncoder, from: Tensor, to: Tensor): void {
  const bytes = Math.ceil(from.bytes / 4) * 4;
  if (bytes > 0) encoder.copyBufferToBuffer(from.storage.buffer, 0, to.storage.buffer, 0, bytes);
}

const recent = new WeakMap<Device, Map<Recording<unknown>, () => void>>();

function keepMostRecent(device: Device, recording: Recording<unknown>, drop: () => void): void {
  const kept = recent.get(device) ?? new Map();
  recent.set(device, kept);
  kept.delete(recording);
  kept.set(recording, drop);
  if (kept.size > MOST_CAPTURES) {
    const [oldest, dropOldest] = kept.entries().next().value as [Recording<unknown>, () => void];
    dropOldest();
    forget(device, oldest);
  }
}

function forget(device: Device, recording: Recording<unknown>): void {
  const kept = recent.get(device);
  kept?.delete(recording);
  recording.list.dispose();
  recording.constants.release();
  if (kept?.size === 0) device.arena.destroy();
}

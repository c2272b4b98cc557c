import type { DispatchCost, DispatchList } from './device/command-stream.ts';
import { coreOf, type Device } from './device/device.ts';
import type { Allocator, Storage } from './device/memory.ts';
import { ShapeError } from './errors.ts';
import { mapTensors, refusePromise, scope, tensorsIn, unscoped } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** A function of tensors whose dispatches are recorded once for each set of input shapes, then replayed. */
export interface Captured<A extends readonly unknown[], T> extends Disposable {
  (...inputs: A): T;
  /** Forgets the recorded passes and gives their memory back. */
  dispose(): void;
}

/**
 * Records what `body` does to the device, once for each set of input shapes, and replays it on new inputs at
 * almost no CPU cost. A device keeps the recordings that were used last: see `DeviceOptions.captures`. Inputs and result are tensors, or arrays and objects of tensors.
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
  /** Memory of its intermediates, inputs and results. */
  readonly own: ReadonlySet<Storage>;
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
  const core = coreOf(device);
  const { commands, arena, pool } = core;
  if (commands.recording) throw new ShapeError('capture: not inside another captured function');
  commands.flush();
  core.trim(); // what ran before the recording waits in the pool, and is not needed again at once
  arena.reset();
  const constants = new Kept(pool);
  try {
    return unscoped(() =>
      core.allocateFrom(arena, constants, () => {
        const places = mapTensors(inputs, ({ shape, dtype }) => device.empty(shape, dtype));
        const { result, list } = commands.record(() =>
          scope(() => refusePromise('capture', body(...places))),
        );
        const own = new Set<Storage>();
        const foreign = new Map<Storage, Use>();
        const sort = (storage: Storage, use: Use): void => {
          if (storage.allocator === arena || storage.allocator === constants) own.add(storage);
          else foreign.set(storage, use);
        };
        for (const { storages, cost } of list.dispatches) {
          for (const storage of storages) sort(storage, cost);
        }
        for (const { storage, shape } of tensorsIn(result)) {
          sort(storage, { kernel: 'the result', shapes: `[${shape}]` });
        }
        return { inputs: [...tensorsIn(places)], result, list, constants, own, foreign };
      }),
    );
  } catch (error) {
    constants.release();
    throw error;
  }
}

function replay<T>(device: Device, recording: Recording<T>, inputs: readonly Tensor[]): T {
  const { commands } = coreOf(device);
  const copies: Copy[] = [];
  const result = mapTensors(recording.result, (output) => {
    const own = device.empty(output.shape, output.dtype);
    copies.push({ from: output.storage, to: own.storage, bytes: output.bytes });
    return own;
  });
  const places = recording.inputs;
  const given = inputs.map(({ storage, bytes }, i) => ({ from: storage, to: places[i].storage, bytes }));
  commands.replayAll(
    recording.list,
    (encoder) => {
      for (const storage of recording.own) storage.error = undefined;
      copyAll(encoder, given);
    },
    (encoder) => copyAll(encoder, copies),
  );
  return result;
}

interface Copy {
  readonly from: Storage;
  readonly to: Storage;
  readonly bytes: number;
}

function copyAll(encoder: GPUCommandEncoder, copies: readonly Copy[]): void {
  for (const { from, to, bytes } of copies) {
    to.error = from.error;
    const whole = Math.ceil(bytes / 4) * 4;
    if (whole > 0) encoder.copyBufferToBuffer(from.buffer, 0, to.buffer, 0, whole);
  }
}

function keepMostRecent(device: Device, recording: Recording<unknown>, drop: () => void): void {
  const { captures, maxCaptures } = coreOf(device);
  captures.delete(recording);
  captures.set(recording, () => {
    drop();
    forget(device, recording);
  });
  if (captures.size <= maxCaptures) return;
  const [[, dropOldest]] = captures;
  dropOldest();
}

function forget(device: Device, recording: Recording<unknown>): void {
  const { arena, captures, commands } = coreOf(device);
  captures.delete(recording);
  recording.list.dispose();
  recording.constants.release();
  if (captures.size > 0) return;
  const buffers = arena.drain();
  commands.afterSubmitted(() => {
    for (const buffer of buffers) buffer.destroy();
  });
}

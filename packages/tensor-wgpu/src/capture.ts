import type { DispatchCost, DispatchList } from './device/command-stream.ts';
import { coreOf, type Device } from './device/device.ts';
import type { Allocator, Storage } from './device/memory.ts';
import { ShapeError } from './errors.ts';
import { mapTensors, refusePromise, scope, tensorsIn, unscoped } from './scope.ts';
import type { Tensor } from './tensor.ts';

/** A function of tensors whose dispatches are recorded once for each set of input shapes, then replayed. */
export interface Captured<A extends readonly unknown[], T> extends Disposable {
  (...inputs: A): T;
  /** Drops the recorded passes and releases their memory. */
  dispose(): void;
}

/**
 * Records the dispatches of `body`, once for each set of input shapes, and replays them on new inputs at almost no CPU
 * cost. A device keeps the most recently used recordings: see `DeviceOptions.captures`. Inputs and result are tensors,
 * or arrays and objects of tensors.
 *
 * Anything that changes between replays must be an input tensor: other numbers and data that `body` uses are frozen at
 * recording. Tensors that `body` uses but does not create (parameters) must stay alive and in place.
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

type Use = () => Pick<DispatchCost, 'kernel' | 'shapes'>;

interface Recording<T> {
  readonly inputs: readonly Tensor[];
  readonly result: T;
  readonly list: DispatchList;
  readonly constants: Kept;
  /** Memory of its intermediates, inputs and results. */
  readonly own: ReadonlySet<Storage>;
  /** Memory that it uses but does not own, with its last use. */
  readonly foreign: ReadonlyMap<Storage, Use>;
  /** Untouched memory of the size that the driver holds for its dispatches: makes garbage collection count that size. */
  readonly native: ArrayBuffer;
}

function expectUsable(device: Device, tensor: Tensor): void {
  const { shape } = tensor;
  if (tensor.device !== device) throw new ShapeError(`capture: input [${shape}] belongs to another device`);
  if (tensor.disposed) throw new ShapeError(`capture: input [${shape}] was disposed`);
}

/** Throws if a tensor of the recording was disposed: its memory may be reused, and a replay would compute garbage. */
function expectAlive({ foreign }: Recording<unknown>): void {
  for (const [{ users }, use] of foreign) {
    if (users > 0) continue;
    const { kernel, shapes } = use();
    throw new ShapeError(
      `capture: a tensor that the recorded pass uses was disposed: ${kernel} of ${shapes}`,
    );
  }
}

/** Memory of a capture's constants: taken from the pool, returned when the capture is dropped. */
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
  if (commands.recording) throw new ShapeError('capture: cannot be called inside another captured function');
  commands.flush();
  core.trim(); // buffers pooled before the recording are not needed soon
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
        for (const dispatch of list.dispatches) {
          for (const storage of dispatch.storages) sort(storage, dispatch.costOf);
        }
        for (const { storage, shape } of tensorsIn(result)) {
          sort(storage, () => ({ kernel: 'the result', shapes: `[${shape}]` }));
        }
        const native = new ArrayBuffer(core.recorded.bytesPerDispatch * list.dispatches.length);
        return { inputs: [...tensorsIn(places)], result, list, constants, own, foreign, native };
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
  const { captures, maxCaptures, recorded } = coreOf(device);
  captures.delete(recording);
  captures.set(recording, () => {
    drop();
    forget(device, recording);
  });
  let dispatches = 0;
  for (const { list } of captures.keys()) dispatches += list.dispatches.length;
  for (const [oldest, dropOldest] of captures) {
    if (captures.size <= maxCaptures && dispatches <= recorded.maxDispatches) return;
    if (oldest === recording) return;
    dispatches -= oldest.list.dispatches.length;
    dropOldest();
  }
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

import { type Device, scope, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { coreOf, type DispatchList } from '@glip-wgpu/tensor-wgpu/testing';

type Pool = ReturnType<typeof coreOf>['pool'];

/** GPU work, recorded once, that can be encoded repeatedly at no CPU cost. */
export interface Recording extends Disposable {
  readonly dispatches: DispatchList['dispatches'];
  readonly outputs: readonly Tensor[];
  readonly flops: number;
  /** Of all bindings of all dispatches. */
  readonly bytes: number;
}

/** Memory of uploaded data: replays read it, so it must not be reused before the end. */
class Held {
  readonly #buffers: GPUBuffer[] = [];
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  take(bytes: number): GPUBuffer {
    const buffer = this.#pool.take(bytes);
    this.#buffers.push(buffer);
    return buffer;
  }

  give(): void {}

  release(): void {
    for (const buffer of this.#buffers.splice(0)) this.#pool.give(buffer);
  }
}

/**
 * Records the work of a function on the device. Intermediates share memory as in a normal run, so nothing else may use
 * the device between replays.
 */
export function recordWork(device: Device, work: () => readonly Tensor[]): Recording {
  const core = coreOf(device);
  const constants = new Held(core.pool);
  const { result, list } = core.allocateFrom(core.pool, constants, () =>
    core.commands.record(() => scope(work)),
  );
  const { dispatches } = list;
  const costs = dispatches.map((dispatch) => dispatch.costOf());
  const sum = (key: 'flops' | 'bytes'): number => costs.reduce((total, cost) => total + cost[key], 0);
  return {
    dispatches,
    outputs: result,
    flops: sum('flops'),
    bytes: sum('bytes'),
    [Symbol.dispose](): void {
      for (const output of result) output.dispose();
      list.dispose();
      constants.release();
    },
  };
}

import { type Device, scope, Tensor } from '@glip-wgpu/tensor-wgpu';
import { orAbort } from '../or-abort.ts';
import type { StageTimes } from './explanation.ts';

type Stage = keyof StageTimes;

/** Work in parts, with a wait for the GPU after each: it measures stages, and owns the tensors between them. */
export class StagedRun implements Disposable {
  readonly #device: Device;
  readonly #signal: AbortSignal | undefined;
  readonly #owned = new Set<Tensor>();
  readonly #times: Record<Stage, number> = {
    preprocessing: 0,
    imageEncoder: 0,
    textEncoder: 0,
    fusion: 0,
    head: 0,
    postprocessing: 0,
  };

  constructor(device: Device, signal: AbortSignal | undefined) {
    this.#device = device;
    this.#signal = signal;
  }

  get times(): StageTimes {
    return { ...this.#times };
  }

  /** Takes over all tensors of a value: a tensor, or an array or plain object of them. */
  own<T>(value: T): T {
    for (const tensor of tensorsIn(value)) this.#owned.add(tensor);
    return value;
  }

  /** Frees the tensors of a value, except those of another one. */
  free(value: unknown, except?: unknown): void {
    const kept = new Set(tensorsIn(except));
    for (const tensor of tensorsIn(value)) {
      if (!kept.has(tensor) && this.#owned.delete(tensor)) tensor.dispose();
    }
  }

  /**
   * Runs a part on the GPU to its end; the tensors of its result belong to the run.
   *
   * @throws DeviceError if the GPU is lost; the signal's reason
   */
  async gpu<T>(stage: Stage, body: () => T): Promise<T> {
    return this.measure(stage, async () => {
      const result = this.own(scope(body));
      await this.#device.finish();
      return result;
    });
  }

  /** Runs any part. Throws as the part; the signal's reason. */
  async measure<T>(stage: Stage, body: () => Promise<T>): Promise<T> {
    this.#signal?.throwIfAborted();
    const start = performance.now();
    const result = await orAbort(body(), this.#signal);
    this.#times[stage] += performance.now() - start;
    return result;
  }

  [Symbol.dispose](): void {
    this.free([...this.#owned]);
  }
}

function tensorsIn(value: unknown): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return [];
  return Object.values(value).flatMap(tensorsIn);
}

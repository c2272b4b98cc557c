import type { Device } from '@glip-wgpu/tensor-wgpu';
import { groupOf } from '@glip-wgpu/tensor-wgpu/testing';
import type { Recording } from './recording.ts';

/** Milliseconds that some work took. */
export interface Sample {
  /** By the GPU's own timestamps, if it has usable ones. */
  readonly gpuMs: number | undefined;
  /** From submission to the end of the work. */
  readonly wallMs: number;
}

const QUERY = { QUERY_RESOLVE: 0x200, COPY_SRC: 4, COPY_DST: 8, MAP_READ: 1 } as const;

/** Runs recordings and measures them. */
export class Clock implements Disposable {
  readonly #device: Device;
  readonly #queries: GPUQuerySet | undefined;
  readonly #resolved: GPUBuffer | undefined;
  readonly #staging: GPUBuffer | undefined;
  readonly #flopsPerSubmit: number;

  constructor(device: Device) {
    this.#device = device;
    this.#flopsPerSubmit = device.info.cpu ? 1e10 : 1e11; // limit of a browser's watchdog
    if (!device.info.features.includes('timestamp-query')) return;
    const { gpu } = device;
    this.#queries = gpu.createQuerySet({ type: 'timestamp', count: 2 });
    this.#resolved = gpu.createBuffer({ size: 16, usage: QUERY.QUERY_RESOLVE | QUERY.COPY_SRC });
    this.#staging = gpu.createBuffer({ size: 16, usage: QUERY.COPY_DST | QUERY.MAP_READ });
  }

  /** Runs the work `repeats` times in a row; the times are those of one. */
  async sample({ dispatches }: Recording, repeats: number): Promise<Sample> {
    const device = this.#device;
    await device.finish();
    const encoders = this.#encode(dispatches, repeats);
    const start = performance.now();
    for (const encoder of encoders) device.gpu.queue.submit([encoder.finish()]);
    await device.finish();
    const wallMs = (performance.now() - start) / repeats;
    const ms = await this.#read();
    const makesSense = ms !== undefined && ms > 0 && ms / repeats < 1.5 * wallMs + 1;
    return { gpuMs: makesSense ? ms / repeats : undefined, wallMs };
  }

  #encode(dispatches: Recording['dispatches'], repeats: number): GPUCommandEncoder[] {
    const parts: Recording['dispatches'][number][][] = [[]];
    let flops = 0;
    for (let i = 0; i < repeats; i++) {
      for (const dispatch of dispatches) {
        if (flops > this.#flopsPerSubmit) {
          parts.push([]);
          flops = 0;
        }
        parts[parts.length - 1].push(dispatch);
        flops += dispatch.flops;
      }
    }
    return parts.map((part, i) => {
      const encoder = this.#device.gpu.createCommandEncoder();
      const last = i === parts.length - 1;
      const pass = encoder.beginComputePass(this.#timestamps(i === 0, last));
      for (const dispatch of part) {
        const { pipeline, grid } = dispatch;
        pass.setPipeline(pipeline.value as GPUComputePipeline);
        pass.setBindGroup(0, groupOf(this.#device.gpu, dispatch));
        pass.dispatchWorkgroups(...grid);
      }
      pass.end();
      if (last && this.#queries && this.#resolved && this.#staging) {
        encoder.resolveQuerySet(this.#queries, 0, 2, this.#resolved, 0);
        encoder.copyBufferToBuffer(this.#resolved, 0, this.#staging, 0, 16);
      }
      return encoder;
    });
  }

  #timestamps(first: boolean, last: boolean): GPUComputePassDescriptor {
    if (!this.#queries || !(first || last)) return {};
    return {
      timestampWrites: {
        querySet: this.#queries,
        ...(first ? { beginningOfPassWriteIndex: 0 } : {}),
        ...(last ? { endOfPassWriteIndex: 1 } : {}),
      },
    };
  }

  async #read(): Promise<number | undefined> {
    if (!this.#staging) return undefined;
    await this.#staging.mapAsync(QUERY.MAP_READ);
    const [begin, end] = new BigUint64Array(this.#staging.getMappedRange());
    const ms = Number(end - begin) / 1e6;
    this.#staging.unmap();
    return ms;
  }

  [Symbol.dispose](): void {
    this.#queries?.destroy();
    this.#resolved?.destroy();
    this.#staging?.destroy();
  }
}

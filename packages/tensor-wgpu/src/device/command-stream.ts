import type { Storage } from './memory.ts';
import { BufferUsage } from './webgpu-constants.ts';

/** Bytes of a kernel's parameters: one slot of a uniform buffer. */
const PARAMS_BYTES = 256; // minUniformBufferOffsetAlignment of every device
const SLOTS = 64; // of one buffer; also dispatches per submission: the CPU records while the GPU runs

export type Grid = readonly [x: number, y: number, z: number];

/** What a dispatch costs, and what it is: for profiles and estimates. */
export interface DispatchCost {
  readonly kernel: string;
  readonly shapes: string;
  readonly flops: number;
  /** Of all bindings. */
  readonly bytes: number;
  /** Bytes of the largest binding. */
  readonly largestBinding: number;
}

/** One kernel launch, ready to be encoded again. Its bind group holds its parameters too. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: Grid;
  readonly cost: DispatchCost;
  /** Memory of its bindings. */
  readonly storages: readonly Storage[];
}

/** Where the next dispatch's parameters go. */
export interface ParamsSlot {
  readonly resource: GPUBufferBinding;
  readonly view: DataView;
}

/** Uniform memory for the parameters of up to 64 dispatches. */
class ParamsPage {
  readonly buffer: GPUBuffer;
  readonly bytes = new Uint8Array(PARAMS_BYTES * SLOTS);

  constructor(gpu: GPUDevice) {
    const { UNIFORM, COPY_DST } = BufferUsage;
    this.buffer = gpu.createBuffer({
      label: 'params',
      size: PARAMS_BYTES * SLOTS,
      usage: UNIFORM | COPY_DST,
    });
  }

  slot(index: number): ParamsSlot {
    const offset = index * PARAMS_BYTES;
    return {
      resource: { buffer: this.buffer, offset, size: PARAMS_BYTES },
      view: new DataView(this.bytes.buffer, offset, PARAMS_BYTES),
    };
  }

  upload(queue: GPUQueue, slots: number): void {
    queue.writeBuffer(this.buffer, 0, this.bytes, 0, slots * PARAMS_BYTES);
  }
}

/** Dispatches kept instead of encoded, and the memory of their parameters. */
export interface DispatchList {
  readonly dispatches: readonly Dispatch[];
  dispose(): void;
}

/**
 * Takes dispatches in order: encodes them into one open compute pass and submits in batches, or, while a
 * recording is open, keeps them in a list.
 */
export class CommandStream {
  readonly #gpu: GPUDevice;
  readonly #flopsPerSubmit: number;
  readonly #page: ParamsPage;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #used = 0;
  #flops = 0;
  #recording: { readonly dispatches: Dispatch[]; readonly pages: ParamsPage[] } | undefined;
  /** While set, every dispatch gets a pass of its own, described by it. */
  timing: { pass(cost: DispatchCost): GPUComputePassDescriptor } | undefined;
  /** Every dispatch so far, recorded ones included. */
  dispatches = 0;
  submissions = 0;

  constructor(gpu: GPUDevice, flopsPerSubmit: number) {
    this.#gpu = gpu;
    this.#flopsPerSubmit = flopsPerSubmit;
    this.#page = new ParamsPage(gpu);
  }

  /** Memory for the parameters of the next dispatch. */
  slot(): ParamsSlot {
    if (!this.#recording) return this.#page.slot(this.#used);
    const { dispatches, pages } = this.#recording;
    const index = dispatches.length % SLOTS;
    if (pages.length * SLOTS <= dispatches.length) pages.push(new ParamsPage(this.#gpu));
    return pages[pages.length - 1].slot(index);
  }

  /** Takes a dispatch whose parameters were written to `slot()`. */
  dispatch(dispatch: Dispatch): void {
    this.dispatches += 1;
    if (this.#recording) {
      this.#recording.dispatches.push(dispatch);
      return;
    }
    const { pipeline, group, grid, cost } = dispatch;
    this.#encoder ??= this.#gpu.createCommandEncoder();
    if (this.timing) {
      this.#pass?.end();
      this.#pass = this.#encoder.beginComputePass(this.timing.pass(cost));
    }
    this.#pass ??= this.#encoder.beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group);
    this.#pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    this.#used += 1;
    this.#flops += cost.flops;
    if (this.#used === SLOTS || this.#flops > this.#flopsPerSubmit) this.flush();
  }

  /** Submits what has been encoded. */
  flush(): void {
    if (!this.#encoder) return;
    this.#pass?.end();
    this.#page.upload(this.#gpu.queue, this.#used);
    this.submit(this.#encoder);
    this.#encoder = undefined;
    this.#pass = undefined;
    this.#used = 0;
    this.#flops = 0;
  }

  submit(encoder: GPUCommandEncoder): void {
    this.#gpu.queue.submit([encoder.finish()]);
    this.submissions += 1;
  }

  /**
   * Encodes recorded dispatches from `from` on, as many as one submission may hold.
   *
   * @returns index of the first dispatch that was left
   */
  encode(encoder: GPUCommandEncoder, dispatches: readonly Dispatch[], from: number): number {
    let pass = this.timing ? undefined : encoder.beginComputePass();
    let pipeline: GPUComputePipeline | undefined;
    let flops = 0;
    let i = from;
    for (; i < dispatches.length && flops <= this.#flopsPerSubmit; i++) {
      const dispatch = dispatches[i];
      if (this.timing) {
        pass?.end();
        pass = encoder.beginComputePass(this.timing.pass(dispatch.cost));
        pipeline = undefined;
      }
      if (pipeline !== dispatch.pipeline) {
        pipeline = dispatch.pipeline;
        pass?.setPipeline(pipeline);
      }
      const { grid } = dispatch;
      pass?.setBindGroup(0, dispatch.group);
      pass?.dispatchWorkgroups(grid[0], grid[1], grid[2]);
      flops += dispatch.cost.flops;
    }
    pass?.end();
    this.dispatches += i - from;
    return i;
  }

  /** Runs `body` with its dispatches kept instead of encoded. */
  record<T>(body: () => T): { readonly result: T; readonly list: DispatchList } {
    const outer = this.#recording;
    const dispatches: Dispatch[] = [];
    const pages: ParamsPage[] = [];
    this.#recording = { dispatches, pages };
    const dispose = (): void => {
      for (const { buffer } of pages) buffer.destroy();
    };
    try {
      const result = body();
      for (const page of pages) page.upload(this.#gpu.queue, SLOTS);
      return { result, list: { dispatches, dispose } };
    } catch (error) {
      dispose();
      throw error;
    } finally {
      this.#recording = outer;
    }
  }

  get recording(): boolean {
    return this.#recording !== undefined;
  }
}

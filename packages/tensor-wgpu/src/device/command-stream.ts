import type { Failure } from './failure.ts';
import type { Storage } from './memory.ts';
import { ParamsPage, SLOTS } from './params-page.ts';
import type { Pipeline, PipelineCache } from './pipelines.ts';

export type Grid = readonly [x: number, y: number, z: number];

/** Kernel, shapes and cost of a dispatch, for profiles and estimates. */
export interface DispatchCost {
  readonly kernel: string;
  readonly shapes: string;
  readonly flops: number;
  /** Bytes of all bindings. */
  readonly bytes: number;
  /** Bytes of the largest binding. */
  readonly largestBinding: number;
}

/** One kernel launch without its parameters. */
export interface Launch {
  readonly pipeline: Pipeline;
  readonly grid: Grid;
  readonly flops: number;
  /** With texts and sums that only profiles and messages need. */
  readonly costOf: () => DispatchCost;
  readonly bindings: readonly GPUBufferBinding[];
  /** Memory of the bindings: those read, then those written. */
  readonly storages: readonly Storage[];
  readonly reads: number;
}

/** One kernel launch, ready to be encoded again and again. */
export interface Dispatch extends Launch {
  /** Created at the first encoding: until then the pipeline may still be compiling. */
  group?: GPUBindGroup;
}

/** Dispatches kept instead of encoded, and the memory of their parameters. */
export interface DispatchList {
  readonly dispatches: readonly Dispatch[];
  dispose(): void;
}

/** A queued command, run in order once it is ready. */
interface Step {
  ready(): boolean;
  run(): void;
}

interface Batch {
  readonly dispatches: Dispatch[];
  readonly pages: ParamsPage[];
}

const always = (): boolean => true;
const settled = ({ pipeline }: Dispatch): boolean =>
  pipeline.value !== undefined || pipeline.error !== undefined;

/**
 * Runs dispatches, writes and copies in order. Dispatches are encoded into one open compute pass and submitted in
 * batches, or, while a recording is open, kept in a list. A dispatch whose pipeline is still compiling waits in a queue
 * with everything after it, so that the pipelines of a whole pass compile in parallel.
 */
export class CommandStream {
  readonly #gpu: GPUDevice;
  readonly #failure: Failure;
  readonly #pipelines: PipelineCache;
  readonly #flopsPerSubmit: number;
  readonly #page: ParamsPage;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  readonly #bound = new Set<GPUBuffer>(); // by commands that are encoded but not submitted
  #used = 0;
  #flops = 0;
  #queue: Step[] = [];
  #tail: Batch | undefined; // the queue's last batch, while dispatches may join it
  #recording: Batch | undefined;
  #skipped: Error | undefined;
  /** While set, every dispatch gets a pass of its own with this descriptor. */
  timing: { pass(cost: DispatchCost): GPUComputePassDescriptor } | undefined;
  /** Number of dispatches so far, recorded ones included. */
  dispatches = 0;
  submissions = 0;

  constructor(gpu: GPUDevice, failure: Failure, pipelines: PipelineCache, flopsPerSubmit: number) {
    this.#gpu = gpu;
    this.#failure = failure;
    this.#pipelines = pipelines;
    this.#flopsPerSubmit = flopsPerSubmit;
    this.#page = new ParamsPage(gpu);
    pipelines.onSettled = () => this.#drain();
  }

  /** Launches a kernel; `write` fills in its parameters. */
  dispatch(launch: Launch, write: (params: DataView) => void): void {
    const batch = this.#recording ?? (this.#waits(launch) ? this.#tailBatch() : undefined);
    const { resource, view } = batch
      ? this.#attempt(launch, () => slotOf(this.#gpu, batch))
      : this.#page.slot(this.#used);
    write(view);
    this.replay({ ...launch, bindings: [...launch.bindings, resource] });
  }

  /** Launches a kernel whose parameters lie in GPU memory. */
  replay(dispatch: Dispatch): void {
    this.dispatches += 1;
    if (this.#recording) this.#recording.dispatches.push(dispatch);
    else if (this.#waits(dispatch)) this.#tailBatch().dispatches.push(dispatch);
    else this.#attempt(dispatch, () => this.#encode(dispatch));
  }

  /** Launches recorded kernels, between copies of their inputs and results. */
  replayAll(
    { dispatches }: DispatchList,
    before: (encoder: GPUCommandEncoder) => void,
    after: (encoder: GPUCommandEncoder) => void,
  ): void {
    this.dispatches += dispatches.length;
    let allSettled = false;
    this.#enqueue({
      ready: () => {
        allSettled ||= dispatches.every(settled);
        return allSettled;
      },
      run: () => {
        this.flush();
        let encoder = this.#gpu.createCommandEncoder();
        before(encoder);
        for (let next = 0; ; ) {
          next = this.#encodeSome(encoder, dispatches, next);
          if (next === dispatches.length) break;
          this.#submit(encoder);
          encoder = this.#gpu.createCommandEncoder();
        }
        after(encoder);
        this.#submit(encoder);
      },
    });
  }

  /** Copies bytes to a buffer whose size is a multiple of 4. The caller may change them afterwards. */
  write(buffer: GPUBuffer, bytes: Uint8Array): void {
    const run = (own: Uint8Array) => (): void => {
      // writeBuffer runs ahead of commands that are not yet submitted.
      if (this.#bound.has(buffer)) this.flush();
      const whole = own.byteLength - (own.byteLength % 4);
      const { queue } = this.#gpu;
      if (whole > 0) queue.writeBuffer(buffer, 0, own as Uint8Array<ArrayBuffer>, 0, whole);
      if (whole === own.byteLength) return;
      const last = new Uint8Array(4);
      last.set(own.subarray(whole));
      queue.writeBuffer(buffer, whole, last);
    };
    if (this.#queue.length === 0) this.#failure.attempt('writing to the GPU', run(bytes));
    else this.#enqueue({ ready: always, run: run(bytes.slice()) });
  }

  /** Encodes and submits commands in order. @returns a promise of the result of `encode` */
  submit<T>(encode: (encoder: GPUCommandEncoder) => T): Promise<T> {
    return new Promise((resolve) => {
      this.#enqueue({
        ready: always,
        run: () => {
          this.flush();
          const encoder = this.#gpu.createCommandEncoder();
          const value = encode(encoder);
          this.#submit(encoder);
          resolve(value);
        },
      });
    });
  }

  /** Runs a callback once all commands so far are submitted. */
  afterSubmitted(run: () => void): void {
    this.#enqueue({
      ready: always,
      run: () => {
        this.flush();
        run();
      },
    });
  }

  /** Waits until all kernels are compiled and all commands submitted. @throws KernelError if one does not compile */
  async submitted(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#enqueue({ ready: () => !this.#pipelines.compiling, run: resolve });
    });
    const skipped = this.#skipped;
    this.#skipped = undefined;
    if (skipped) throw skipped;
  }

  /** True if commands that are not yet submitted use a buffer. */
  isBound(buffer: GPUBuffer): boolean {
    return this.#bound.has(buffer);
  }

  /** Submits what has been encoded. */
  flush(): void {
    if (!this.#encoder) return;
    const encoder = this.#encoder;
    const slots = this.#used;
    this.#encoder = undefined;
    this.#used = 0;
    this.#flops = 0;
    this.#bound.clear();
    this.#failure.attempt('submitting commands', () => {
      this.#pass?.end();
      this.#pass = undefined;
      this.#page.upload(slots);
      this.#submit(encoder);
    });
  }

  /** Runs `body`, recording its dispatches instead of encoding them. */
  record<T>(body: () => T): { readonly result: T; readonly list: DispatchList } {
    const outer = this.#recording;
    const recording: Batch = { dispatches: [], pages: [] };
    const { dispatches, pages } = recording;
    this.#recording = recording;
    const dispose = (): void => {
      this.afterSubmitted(() => {
        for (const page of pages) page.destroy();
      });
    };
    try {
      const result = body();
      this.#failure.attempt('writing parameters', () => {
        for (const page of pages) page.upload(SLOTS);
      });
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

  /** Drops everything that is not submitted: the device has failed. */
  abandon(): void {
    this.#queue = [];
    this.#tail = undefined;
    this.#encoder = undefined;
    this.#pass = undefined;
    this.#used = 0;
    this.#bound.clear();
  }

  #waits(dispatch: Dispatch): boolean {
    return this.#queue.length > 0 || !settled(dispatch);
  }

  #tailBatch(): Batch {
    if (this.#tail) return this.#tail;
    const batch: Batch = { dispatches: [], pages: [] };
    this.#enqueue({
      ready: () => batch.dispatches.every(settled) && batch.dispatches.length > 0,
      run: () => this.#runBatch(batch),
    });
    this.#tail = batch;
    return batch;
  }

  #runBatch({ dispatches, pages }: Batch): void {
    for (const page of pages) page.upload(SLOTS);
    for (const dispatch of dispatches) this.#attempt(dispatch, () => this.#encode(dispatch));
    this.flush();
    for (const page of pages) page.destroy();
  }

  #enqueue(step: Step): void {
    if (this.#queue.length === 0 && step.ready()) {
      this.#failure.attempt('submitting commands', () => step.run());
      return;
    }
    if (this.#failure.error) return;
    if (this.#queue.length === 0) this.flush();
    this.#tail = undefined;
    this.#queue.push(step);
  }

  #drain(): void {
    try {
      while (this.#queue.length > 0 && this.#queue[0].ready()) {
        const [step] = this.#queue;
        if (this.#queue.length === 1) this.#tail = undefined;
        this.#failure.attempt('submitting commands', () => step.run());
        this.#queue.shift();
      }
    } catch {
      // The device has failed: whoever waits for it receives the error.
    }
  }

  #attempt<T>(launch: Launch, call: () => T): T {
    return this.#failure.attempt(() => nameOf(launch), call);
  }

  #encode(dispatch: Dispatch): void {
    if (this.#leavesOut(dispatch)) return;
    const { flops, grid, pipeline, bindings } = dispatch;
    this.#encoder ??= this.#gpu.createCommandEncoder();
    if (this.timing) {
      this.#pass?.end();
      this.#pass = this.#encoder.beginComputePass(this.timing.pass(dispatch.costOf()));
    }
    this.#pass ??= this.#encoder.beginComputePass();
    this.#pass.setPipeline(pipeline.value as GPUComputePipeline);
    this.#pass.setBindGroup(0, groupOf(this.#gpu, dispatch));
    this.#pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    for (const { buffer } of bindings) this.#bound.add(buffer);
    this.#used += 1;
    this.#flops += flops;
    if (this.#used === SLOTS || this.#flops > this.#flopsPerSubmit) this.flush();
  }

  /** Encodes dispatches from index `from` on, up to one submission. @returns index of the first one left over */
  #encodeSome(encoder: GPUCommandEncoder, dispatches: readonly Dispatch[], from: number): number {
    let pass = this.timing ? undefined : encoder.beginComputePass();
    let current: GPUComputePipeline | undefined;
    let flops = 0;
    let i = from;
    for (; i < dispatches.length && flops <= this.#flopsPerSubmit; i++) {
      const dispatch = dispatches[i];
      if (this.#leavesOut(dispatch)) continue;
      const { grid, pipeline } = dispatch;
      if (this.timing) {
        pass?.end();
        pass = encoder.beginComputePass(this.timing.pass(dispatch.costOf()));
        current = undefined;
      }
      if (current !== pipeline.value) {
        current = pipeline.value as GPUComputePipeline;
        pass?.setPipeline(current);
      }
      pass?.setBindGroup(0, groupOf(this.#gpu, dispatch));
      pass?.dispatchWorkgroups(grid[0], grid[1], grid[2]);
      flops += dispatch.flops;
    }
    pass?.end();
    return i;
  }

  /** Marks the outputs of a kernel that does not compile, and everything computed from them, with its error. */
  #leavesOut({ pipeline, storages, reads }: Dispatch): boolean {
    if (!this.#pipelines.faulty) return false;
    const error = pipeline.error ?? storages.find((storage) => storage.error)?.error;
    if (!error) return false;
    for (const storage of storages.slice(reads)) storage.error = error;
    this.#skipped ??= error;
    return true;
  }

  #submit(encoder: GPUCommandEncoder): void {
    this.#gpu.queue.submit([encoder.finish()]);
    this.submissions += 1;
  }
}

function slotOf(gpu: GPUDevice, { dispatches, pages }: Batch): ReturnType<ParamsPage['slot']> {
  if (pages.length * SLOTS <= dispatches.length) pages.push(new ParamsPage(gpu));
  return pages[pages.length - 1].slot(dispatches.length % SLOTS);
}

function nameOf(launch: Launch): string {
  const { kernel, shapes } = launch.costOf();
  return `${kernel} of ${shapes}`;
}

/** The bind group of a dispatch whose pipeline is compiled. */
export function groupOf(gpu: GPUDevice, dispatch: Dispatch): GPUBindGroup {
  const { pipeline, bindings } = dispatch;
  dispatch.group ??= gpu.createBindGroup({
    label: nameOf(dispatch),
    layout: pipeline.layout,
    entries: bindings.map((resource, binding) => ({ binding, resource })),
  });
  return dispatch.group;
}

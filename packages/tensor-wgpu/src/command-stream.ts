import { BufferUsage, ShaderStage } from './webgpu-constants.ts';

/** Bytes of a kernel's parameters: one slot of the uniform buffer. */
export const PARAMS_BYTES = 256; // minUniformBufferOffsetAlignment of every device
const SLOTS = 64; // dispatches per submission: short batches let the CPU record while the GPU runs

export type Grid = readonly [x: number, y: number, z: number];

/** What a dispatch costs, and what it is: for profiles and estimates. */
export interface DispatchCost {
  readonly kernel: string;
  readonly shapes: string;
  readonly flops: number;
  readonly bytes: number;
}

/** One kernel launch, ready to be encoded again. */
export interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly grid: Grid;
  readonly params: Uint8Array;
  readonly cost: DispatchCost;
}

/**
 * Takes dispatches in order: encodes them into one open compute pass and submits in batches, or, while a
 * recording is open, keeps them in a list.
 */
export class CommandStream {
  readonly paramsLayout: GPUBindGroupLayout;
  readonly #gpu: GPUDevice;
  readonly #flopsPerSubmit: number;
  readonly #ring: GPUBuffer;
  readonly #ringGroups: readonly GPUBindGroup[];
  readonly #slots = new ArrayBuffer(PARAMS_BYTES * SLOTS);
  readonly #bytes = new Uint8Array(this.#slots);
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #used = 0;
  #flops = 0;
  #recording: Dispatch[] | undefined;
  /** While set, every dispatch gets a pass of its own, described by it. */
  timing: { pass(cost: DispatchCost): GPUComputePassDescriptor } | undefined;
  /** Every dispatch so far, recorded ones included. */
  dispatches = 0;
  submissions = 0;

  constructor(gpu: GPUDevice, flopsPerSubmit: number) {
    this.#gpu = gpu;
    this.#flopsPerSubmit = flopsPerSubmit;
    this.paramsLayout = gpu.createBindGroupLayout({
      label: 'params',
      entries: [
        {
          binding: 0,
          visibility: ShaderStage.COMPUTE,
          buffer: { type: 'uniform' },
        },
      ],
    });
    this.#ring = this.paramsBuffer(SLOTS);
    this.#ringGroups = this.paramsGroups(this.#ring, SLOTS);
  }

  paramsBuffer(slots: number): GPUBuffer {
    const { UNIFORM, COPY_DST } = BufferUsage;
    return this.#gpu.createBuffer({
      label: 'params',
      size: PARAMS_BYTES * slots,
      usage: UNIFORM | COPY_DST,
    });
  }

  /** A bind group for each slot: switching between them costs less than dynamic offsets. */
  paramsGroups(buffer: GPUBuffer, slots: number): GPUBindGroup[] {
    return Array.from({ length: slots }, (_, slot) =>
      this.#gpu.createBindGroup({
        label: 'params',
        layout: this.paramsLayout,
        entries: [{ binding: 0, resource: { buffer, offset: slot * PARAMS_BYTES, size: PARAMS_BYTES } }],
      }),
    );
  }

  dispatch(
    pipeline: GPUComputePipeline,
    group: GPUBindGroup,
    grid: Grid,
    writeParams: (view: DataView) => void,
    cost: DispatchCost,
  ): void {
    this.dispatches += 1;
    if (this.#recording) {
      const params = new Uint8Array(PARAMS_BYTES);
      writeParams(new DataView(params.buffer));
      this.#recording.push({ pipeline, group, grid, params, cost });
      return;
    }
    this.#encoder ??= this.#gpu.createCommandEncoder();
    if (this.timing) {
      this.#pass?.end();
      this.#pass = this.#encoder.beginComputePass(this.timing.pass(cost));
    }
    this.#pass ??= this.#encoder.beginComputePass();
    const offset = this.#used * PARAMS_BYTES;
    writeParams(new DataView(this.#slots, offset, PARAMS_BYTES));
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group);
    this.#pass.setBindGroup(1, this.#ringGroups[this.#used]);
    this.#pass.dispatchWorkgroups(grid[0], grid[1], grid[2]);
    this.#used += 1;
    this.#flops += cost.flops;
    if (this.#used === SLOTS || this.#flops > this.#flopsPerSubmit) this.flush();
  }

  /** Submits what has been encoded. */
  flush(): void {
    if (!this.#encoder) return;
    this.#pass?.end();
    this.#gpu.queue.writeBuffer(this.#ring, 0, this.#bytes, 0, this.#used * PARAMS_BYTES);
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
   * Encodes recorded dispatches from `from` on, as many as one submission may hold. `params` has a group for each.
   *
   * @returns index of the first dispatch that was left
   */
  encode(
    encoder: GPUCommandEncoder,
    dispatches: readonly Dispatch[],
    params: readonly GPUBindGroup[],
    from: number,
  ): number {
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
      pass?.setBindGroup(0, dispatch.group);
      pass?.setBindGroup(1, params[i]);
      pass?.dispatchWorkgroups(dispatch.grid[0], dispatch.grid[1], dispatch.grid[2]);
      flops += dispatch.cost.flops;
    }
    pass?.end();
    this.dispatches += i - from;
    return i;
  }

  /** Runs `body` with its dispatches kept instead of encoded. */
  record<T>(body: () => T): { result: T; dispatches: Dispatch[] } {
    const outer = this.#recording;
    const dispatches: Dispatch[] = [];
    this.#recording = dispatches;
    try {
      return { result: body(), dispatches };
    } finally {
      this.#recording = outer;
    }
  }

  get recording(): boolean {
    return this.#recording !== undefined;
  }
}

import { BufferUsage } from './webgpu-constants.ts';

/** Bytes of a kernel's parameters: one slot of a uniform buffer. */
export const PARAMS_BYTES = 256; // minUniformBufferOffsetAlignment of every device
/** Slots of a page; also dispatches per submission: the CPU records while the GPU runs. */
export const SLOTS = 64;

/** Place of one dispatch's parameters. */
interface ParamsSlot {
  readonly resource: GPUBufferBinding;
  readonly view: DataView;
}

/** Uniform memory for the parameters of up to 64 dispatches. */
export class ParamsPage {
  readonly #gpu: GPUDevice;
  readonly #buffer: GPUBuffer;
  readonly #bytes = new Uint8Array(PARAMS_BYTES * SLOTS);

  constructor(gpu: GPUDevice) {
    const { UNIFORM, COPY_DST } = BufferUsage;
    this.#gpu = gpu;
    this.#buffer = gpu.createBuffer({
      label: 'params',
      size: PARAMS_BYTES * SLOTS,
      usage: UNIFORM | COPY_DST,
    });
  }

  slot(index: number): ParamsSlot {
    const offset = index * PARAMS_BYTES;
    return {
      resource: { buffer: this.#buffer, offset, size: PARAMS_BYTES },
      view: new DataView(this.#bytes.buffer, offset, PARAMS_BYTES),
    };
  }

  upload(slots: number): void {
    this.#gpu.queue.writeBuffer(this.#buffer, 0, this.#bytes, 0, slots * PARAMS_BYTES);
  }

  destroy(): void {
    this.#buffer.destroy();
  }
}

import { writeOnnx } from './onnx.ts';
import { graphOf, LAST, WHOLE } from './onnxruntime-graphs.ts';
import type { Peer } from './peer.ts';

interface OrtTensor {
  readonly data: Float32Array;
  getData?(): Promise<Float32Array>;
  dispose?(): void;
}

/** Subset of onnxruntime-web and onnxruntime-node that is used here. */
export interface Ort {
  readonly env: {
    readonly wasm: { numThreads: number; wasmBinary?: ArrayBuffer | undefined };
    readonly webgpu?: { device: unknown };
  };
  readonly Tensor: {
    new (type: 'float32', data: Float32Array, shape: readonly number[]): OrtTensor;
    fromGpuBuffer?(buffer: GPUBuffer, options: { dataType: 'float32'; dims: readonly number[] }): OrtTensor;
  };
  readonly InferenceSession: {
    create(model: Uint8Array, options: { executionProviders: string[] }): Promise<OrtSession>;
  };
}

interface OrtSession {
  run(feeds: Record<string, OrtTensor>, fetches: string[]): Promise<Record<string, OrtTensor>>;
  release(): Promise<void>;
}

const [STORAGE, COPY_DST, COPY_SRC] = [0x80, 8, 4];

/**
 * ONNX Runtime on its WebGPU execution provider. Of onnxruntime-web inputs stay on the GPU; onnxruntime-node cannot,
 * and uploads them with each run.
 *
 * @param fused  attention as one node instead of five
 */
export function onnxruntime(name: string, ort: Ort, { fused = false, onGpu = false } = {}): Peer {
  return {
    name,
    async prepare(operation, inputs) {
      if (operation.op === 'train') return undefined; // inference only
      const graph = graphOf(operation, inputs, fused);
      if (!graph) return undefined;
      const session = await ort.InferenceSession.create(writeOnnx(graph), { executionProviders: ['webgpu'] });
      const buffers: GPUBuffer[] = [];
      const feeds: Record<string, OrtTensor> = {};
      for (const [id, data] of Object.entries(graph.feeds)) {
        const dims = graph.inputs[id];
        const device = onGpu ? ((await ort.env.webgpu?.device) as GPUDevice) : undefined;
        if (!device || !ort.Tensor.fromGpuBuffer) {
          feeds[id] = new ort.Tensor('float32', data, dims);
          continue;
        }
        const usage = STORAGE | COPY_DST | COPY_SRC;
        const buffer = device.createBuffer({ size: Math.ceil(data.byteLength / 16) * 16, usage });
        device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
        buffers.push(buffer);
        feeds[id] = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims });
      }
      const fetch = async (output: string): Promise<Float32Array> => {
        const tensor = (await session.run(feeds, [output]))[output];
        return tensor.getData ? tensor.getData() : tensor.data;
      };
      return {
        run: async () => void (await fetch(LAST)),
        output: async () => graph.fromResult(await fetch(WHOLE)),
        async close() {
          await session.release();
          for (const buffer of buffers) buffer.destroy();
        },
      };
    },
  };
}

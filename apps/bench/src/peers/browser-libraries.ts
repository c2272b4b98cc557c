import { downloadLibrary } from './download.ts';
import { importModules } from './import-modules.ts';
import { type Jax, jax } from './jax.ts';
import type { Library, LibraryName } from './libraries.ts';
import { type Ort, onnxruntime } from './onnxruntime.ts';
import type { Peer } from './peer.ts';
import { type Tf, tfjs } from './tfjs.ts';

type Files = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

const START: Readonly<Record<LibraryName, (files: Files) => Promise<Peer[]>>> = {
  async 'onnxruntime-web'(files) {
    const [module, wasm] = [...files.keys()];
    const scripts = new Map([...files].filter(([path]) => path !== wasm));
    const ort = (await importModules(scripts, [module])) as Ort;
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmBinary = files.get(wasm)?.buffer;
    return [
      onnxruntime('onnxruntime-web', ort, { onGpu: true }),
      onnxruntime('onnxruntime-web, fused', ort, { onGpu: true, fused: true }),
    ];
  },
  async tfjs(files) {
    await importModules(files, [...files.keys()]); // classic scripts, which define a global
    const { tf } = globalThis as unknown as { tf: Tf };
    if (!(await tf.setBackend('webgpu'))) throw new Error('its WebGPU backend does not start');
    return [tfjs(tf)];
  },
  async 'jax-js'(files) {
    const library = (await importModules(files, [...files.keys()].slice(-1))) as Jax;
    await library.init('webgpu');
    library.defaultDevice('webgpu');
    return [jax(library)];
  },
};

/**
 * Downloads a library and starts it.
 *
 * @param from  base URL of the packages, see `downloadLibrary`
 */
export async function openLibrary(
  library: Library,
  from: string,
  progress: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Peer[]> {
  return START[library.name](await downloadLibrary(library, from, progress, signal));
}

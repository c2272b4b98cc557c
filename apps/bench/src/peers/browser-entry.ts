import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { adapterName } from '../run/environment.ts';
import { comparePeers, type PeerRow } from './compare-peers.ts';
import { type Jax, jax } from './jax.ts';
import { type Ort, onnxruntime } from './onnxruntime.ts';
import { ours } from './ours.ts';
import { peerCases } from './peer-cases.ts';
import { type Tf, tfjs } from './tfjs.ts';

// The page of `npm run bench -- --peers --browser`. Libraries come from the server beside it, only when it is opened.

const MODULES = new URL('./node_modules/', location.href).href;

async function script(path: string): Promise<void> {
  const element = Object.assign(document.createElement('script'), { src: MODULES + path });
  await new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = () => reject(new Error(`${path} did not load`));
    document.head.append(element);
  });
}

async function open(): Promise<{ adapter: string; compare(name: string, rounds: number): Promise<PeerRow> }> {
  const device = await openDevice();
  const web = (await import(
    /* @vite-ignore */ `${MODULES}onnxruntime-web/dist/ort.webgpu.bundle.min.mjs`
  )) as Ort;
  web.env.wasm.numThreads = 1;
  web.env.wasm.wasmPaths = `${MODULES}onnxruntime-web/dist/`;
  await script('@tensorflow/tfjs/dist/tf.min.js');
  await script('@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js');
  const { tf } = globalThis as unknown as { tf: Tf };
  await tf.setBackend('webgpu');
  const library = (await import(/* @vite-ignore */ `${MODULES}@jax-js/jax/dist/index.js`)) as Jax;
  await library.init('webgpu');
  library.defaultDevice('webgpu');
  const peers = [
    ours(device),
    onnxruntime('onnxruntime-web', web, { onGpu: true }),
    onnxruntime('onnxruntime-web, fused', web, { onGpu: true, fused: true }),
    tfjs(tf),
    jax(library),
  ];
  return {
    adapter: adapterName(device.info),
    async compare(name, rounds) {
      const item = peerCases.find((one) => one.name === name);
      if (!item) throw new Error(`no operation is called "${name}"`);
      return comparePeers(item, peers, rounds);
    },
  };
}

Object.assign(globalThis, { peers: open() });

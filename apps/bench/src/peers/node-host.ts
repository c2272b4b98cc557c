import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { type Jax, jax } from './jax.ts';
import { type Ort, onnxruntime } from './onnxruntime.ts';
import { ours } from './ours.ts';
import type { Peer } from './peer.ts';
import { casesThatFit, type PeerSettings } from './peer-settings.ts';
import type { PeerReport } from './peer-table.ts';
import { type PeerEvent, runPeers } from './run-peers.ts';
import { type Tf, tfjs } from './tfjs.ts';

const folder = fileURLToPath(new URL('../../peers/', import.meta.url));
const require = createRequire(`${folder}package.json`);
/** Imports a library of that folder. */
async function load<T>(name: string): Promise<T> {
  const { load } = await import(/* @vite-ignore */ pathToFileURL(`${folder}load.mjs`).href);
  return load(name);
}

/** All libraries in this process, each on Dawn. */
export async function runPeersInNode(
  settings: PeerSettings,
  emit: (event: PeerEvent) => void,
): Promise<PeerReport> {
  const device = await openDevice(); // first: it quiets Dawn's polling for all that follow
  await installWebGpu();
  const peers = await loadPeers(device, settings.training);
  const { adapter } = device.info;
  const report = await runPeers({
    adapter: adapter.description || adapter.device,
    platform: `Node ${process.versions.node}, ${cpus()[0]?.model ?? process.arch}, ${cpus().length} cores`,
    versions: await versionsOf(peers),
    cases: casesThatFit(settings),
    peers,
    rounds: settings.rounds,
    emit,
  });
  device.dispose();
  return report;
}

/** @param training  only libraries that train */
async function loadPeers(device: Device, training: boolean): Promise<Peer[]> {
  const tf = require('@tensorflow/tfjs') as Tf;
  require('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
  const library = await load<Jax>('@jax-js/jax');
  await library.init('webgpu');
  library.defaultDevice('webgpu');
  return [ours(device), ...(training ? [] : await onnxPeers()), tfjs(tf), jax(library)];
}

async function onnxPeers(): Promise<Peer[]> {
  const web = await load<Ort>('onnxruntime-web/webgpu');
  web.env.wasm.numThreads = 1;
  const native = (await load<{ default: Ort }>('onnxruntime-node')).default;
  return [
    onnxruntime('onnxruntime-web', web, { onGpu: true }),
    onnxruntime('onnxruntime-web, fused', web, { onGpu: true, fused: true }),
    onnxruntime('onnxruntime-node', native),
    onnxruntime('onnxruntime-node, fused', native, { fused: true }),
  ];
}

/** Versions of the packages whose libraries take part. */
async function versionsOf(peers: readonly Peer[]): Promise<Record<string, string>> {
  const { dependencies } = JSON.parse(await readFile(`${folder}package.json`, 'utf8'));
  const names = peers.map(({ name }) => name);
  return Object.fromEntries(
    Object.entries<string>(dependencies).filter(
      ([dependency]) => !dependency.startsWith('onnxruntime') || names.includes(dependency),
    ),
  );
}

let pinned: unknown; // the object that `create` returns must outlive every device

/** Emulates a browser for libraries written for one. */
async function installWebGpu(): Promise<void> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create(['enable-dawn-features=allow_unsafe_apis']);
  pinned = gpu;
  const browser = {
    gpu,
    userAgent: 'node',
    platform: 'Linux x86_64',
    hardwareConcurrency: 2,
    language: 'en',
    languages: ['en'],
  };
  Object.defineProperty(globalThis, 'navigator', { value: browser, configurable: true, writable: true });
  copySharedUploads();
}

/** Dawn's binding refuses shared memory, which onnxruntime-web always uses. */
function copySharedUploads(): void {
  const { GPUQueue: queue } = globalThis as unknown as { GPUQueue: { prototype: GPUQueue } };
  const write = queue.prototype.writeBuffer;
  queue.prototype.writeBuffer = function (this: GPUQueue, buffer, offset, data, from = 0, size) {
    const source = ArrayBuffer.isView(data) ? data.buffer : data;
    if (!(source instanceof SharedArrayBuffer))
      return write.call(this, buffer, offset, data as GPUAllowSharedBufferSource, from, size);
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(source);
    const unit = 'BYTES_PER_ELEMENT' in view ? (view.BYTES_PER_ELEMENT as number) : 1;
    const length = size === undefined ? view.byteLength - from * unit : size * unit;
    return write.call(
      this,
      buffer,
      offset,
      Uint8Array.from(new Uint8Array(source, view.byteOffset + from * unit, length)),
    );
  };
}

void pinned;

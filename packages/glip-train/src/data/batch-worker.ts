// Entry of a worker that makes parts of batches.
import { WordPiece } from '@glip-wgpu/bert';
import { importDecoder } from './decoder-module.ts';
import { PartMaker } from './part-maker.ts';
import type { PartResult } from './part-request.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.ts';

/** The worker's end of its message channel: `self` in browsers and Deno, `parentPort` in Node. */
interface Port {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  onMessage(listener: (message: ToWorker) => void): void;
}

const port = ownPort();
let maker: Promise<PartMaker> | undefined;
let queue: Promise<void> = Promise.resolve(); // one part at a time

port.onMessage((message) => {
  queue = queue.then(() => ('setup' in message ? setUp(message.setup) : answer(message)));
});

async function setUp(setup: WorkerSetup): Promise<void> {
  try {
    const decode = await importDecoder(setup.decoder);
    maker = Promise.resolve(new PartMaker(setup.settings, WordPiece.fromPieces(setup.pieces), decode));
    port.postMessage({ ready: true }, []);
  } catch (cause) {
    port.postMessage({ refused: reasonOf(cause) }, []);
  }
}

async function answer({ id, request }: Extract<ToWorker, { id: number }>): Promise<void> {
  try {
    const result = await ((await maker) as PartMaker).make(request);
    port.postMessage({ id, result }, buffersOf(result));
  } catch (cause) {
    port.postMessage({ id, error: reasonOf(cause) }, []);
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** Arrays that are handed over instead of copied. */
function buffersOf(result: PartResult): ArrayBuffer[] {
  if (!('part' in result)) return [];
  const { pixels, ids, mask, targets } = result.part;
  const { rows, rowOf, boxes, centerness } = targets;
  return [pixels, ids, mask, rows, rowOf, boxes, centerness].map(({ buffer }) => buffer as ArrayBuffer);
}

function ownPort(): Port {
  const parent = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
  if (parent && typeof globalThis.postMessage !== 'function') {
    return {
      postMessage: (message, transfer) => parent.postMessage(message, transfer),
      onMessage: (listener) => void parent.on('message', listener),
    };
  }
  return {
    postMessage: (message, transfer) => globalThis.postMessage(message, { transfer }),
    onMessage: (listener) => globalThis.addEventListener('message', (event) => listener(event.data)),
  };
}

import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { kernelFiles, testEdits, timeEdits } from '../kernel-editor/playground.ts';
import { wgslFiles } from '../kernel-editor/sources.ts';
import { environmentOf } from '../run/environment.ts';
import { runSuites } from '../run/run-suites.ts';
import type { FromWorker, Request, ToWorker } from './messages.ts';

// All GPU work runs outside the page's thread: the page stays responsive whatever a kernel does.

let running: AbortController | undefined;
const send = (message: FromWorker): void => postMessage(message);

addEventListener('message', async ({ data: { id, request } }: MessageEvent<ToWorker>) => {
  try {
    send({ id, answer: await answer(id, request) });
  } catch (error) {
    send({ id, error: error instanceof Error ? error.message : String(error) });
  }
});

async function answer(id: number, request: Request): Promise<unknown> {
  switch (request.type) {
    case 'run':
      running = new AbortController();
      return runSuites(request.settings, {
        host: request.host,
        signal: running.signal,
        emit: (event) => send({ id, event }),
        readFile,
      });
    case 'peers': {
      running = new AbortController();
      const { runPeersHere } = await import('../peers/run-in-browser.ts');
      return runPeersHere(request.settings, request.host, (event) => send({ id, event }), running.signal);
    }
    case 'environment': {
      const device = await openDevice();
      const environment = environmentOf(device.info, request.host);
      device.dispose();
      return environment;
    }
    case 'stop':
      running?.abort();
      return undefined;
    case 'files': {
      const files = await kernelFiles(request.kernel);
      return { files: files.map((file) => [file, wgslFiles.get(file) ?? '']) };
    }
    case 'test':
      return testEdits(request.kernel, new Map(request.edits));
    case 'time':
      return timeEdits(request.kernel, new Map(request.edits));
  }
}

async function readFile(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
}

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

/** A mirror of published models for the tests of a file. @returns the value of GLIP_MIRROR */
async function mirrorOf(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/models`;
}

/** A mirror that sends whole files only: these weights, and a vocabulary that is none. */
export function wholeFileMirror(weights: Uint8Array): Promise<string> {
  return mirrorOf((request, response) => {
    if (request.url?.endsWith('.pth'))
      response
        .writeHead(200, { 'Content-Length': weights.length })
        .end(request.method === 'HEAD' ? undefined : weights);
    else response.writeHead(200).end('not the vocabulary');
  });
}

/** A mirror of `glip-t` that answers ranges. */
export async function rangeMirror(content: Uint8Array) {
  let sent = 0;
  const url = await mirrorOf((request, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    if (!request.url?.includes('/glip-t/')) return void response.writeHead(404).end();
    const [start, end] = [Number(first), Math.min(content.length, Number(last || content.length - 1) + 1)];
    const status = first === undefined ? 200 : 206;
    const body = status === 206 ? content.subarray(start, end) : content;
    sent += body.length;
    const range = `bytes ${start}-${end - 1}/${content.length}`;
    response
      .writeHead(status, { ETag: '"1"', 'Content-Length': body.length, 'Content-Range': range })
      .end(body);
  });
  return { url, sent: (): number => sent };
}

import { createReadStream } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { TrainingArchive } from '@glip-wgpu/checkpoint/testing';

const VOCABULARY = fileURLToPath(
  new URL('../../packages/bert-base-uncased/model/vocab.txt', import.meta.url),
);
const PIECE = 2 ** 20;

export interface ArchiveServer {
  readonly port: number;
  readonly url: string;
  /** Bytes of the archive sent so far. */
  sent(): number;
  close(): void;
}

interface ServeOptions {
  /** Paths of the two files. */
  readonly weights: string;
  readonly vocabulary: string;
  /** TLS, with this key and certificate (PEM). */
  readonly secure?: { readonly key: Buffer; readonly cert: Buffer };
  /**
   * As hubs do: the weights' path leads to a signed address on this host, which is refused after `validMs`. The two hosts are this
   * server.
   */
  readonly redirect?: { readonly host: string; readonly validMs: number };
}

/** Serves an archive by ranges, to pages of every origin, and BERT's vocabulary. */
export async function serveArchive(
  archive: TrainingArchive,
  { weights, vocabulary, secure, redirect }: ServeOptions,
): Promise<ArchiveServer> {
  let sent = 0;
  const send = async (range: string | undefined, response: ServerResponse): Promise<void> => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    if (first === undefined) return void response.writeHead(404).end();
    const [start, end] = [Number(first), Number(last) + 1];
    response.writeHead(206, {
      ETag: '"1"',
      'Content-Length': end - start,
      'Content-Range': `bytes ${start}-${end - 1}/${archive.size}`,
    });
    for (let at = start; at < end && !response.destroyed; at += PIECE) {
      const bytes = await archive.read(at, Math.min(end, at + PIECE));
      sent += bytes.length;
      await new Promise<void>((resolve) => {
        const written = (): void => {
          response.off('close', written);
          resolve();
        };
        response.once('close', written);
        response.write(bytes, written);
      });
    }
    response.end();
  };
  const answer: RequestListener = async ({ url = '', headers }, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', 'Content-Range, ETag');
    const { pathname, searchParams } = new URL(url, 'http://server');
    if (pathname === vocabulary) return void createReadStream(VOCABULARY).pipe(response);
    if (pathname !== weights) return void response.writeHead(404).end();
    if (!redirect) return send(headers.range, response);
    if (headers.host?.split(':')[0] !== redirect.host) {
      const location = `https://${redirect.host}${weights}?signed=${Date.now()}`;
      return void response.writeHead(302, { Location: location }).end();
    }
    if (Date.now() - Number(searchParams.get('signed')) > redirect.validMs)
      return void response.writeHead(403).end();
    return send(headers.range, response);
  };
  const server = secure ? createSecureServer(secure, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`,
    sent: () => sent,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

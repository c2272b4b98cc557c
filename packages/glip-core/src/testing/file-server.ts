import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** Behavior of the server for one file; by default that of a correct server. */
export interface ServedFile {
  content: Uint8Array;
  etag?: string | undefined;
  lastModified?: string | undefined;
  /** Supports HEAD; default true. */
  head?: boolean;
  /** Compresses responses for clients that accept it, and states the compressed length. */
  gzip?: boolean;
  /** Supports ranges; default true. */
  ranges?: boolean;
  /** Supports If-Range; default true. Otherwise such requests get the whole file. */
  conditions?: boolean;
  /** Closes the connection after this many bytes of a response. */
  breakAfter?: (() => number) | undefined;
  /** Status of responses instead of the file, or undefined for the file. */
  status?: number | (() => number | undefined);
  /** Header of those responses. */
  retryAfter?: string;
  /** States a wrong length. */
  length?: number;
  redirect?: string | (() => string);
  /** Called before each piece of a response; sends no more once it is false, and keeps the connection. */
  sends?: (() => boolean) | undefined;
  /** Stalls after a few bytes. */
  stall?: boolean;
}

/** A request, and the bytes of content sent in response. */
export interface ServedRequest {
  readonly path: string;
  readonly range: string | undefined;
  sent: number;
}

const PIECE = 65_536;

/** Server for files in memory, for download tests. */
export async function serveFiles(files: Record<string, ServedFile>) {
  const requests: ServedRequest[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').slice(1);
    const served = { path, range: request.headers.range, sent: 0 };
    requests.push(served);
    const file = files[path];
    if (file) answer(file, request, response, served);
    else response.writeHead(404).end('nothing here');
  });
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    files,
    requests,
    connections: (): number => connections,
    url: (path: string): string => `http://127.0.0.1:${port}/${path}`,
    close(): Promise<void> {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(
  file: ServedFile,
  request: IncomingMessage,
  response: ServerResponse,
  served: ServedRequest,
): void {
  const { content, etag, ranges = true, breakAfter, length, redirect, stall } = file;
  if (request.method === 'HEAD' && file.head === false) return void response.writeHead(403).end();
  const location = typeof redirect === 'function' ? redirect() : redirect;
  if (location) return void response.writeHead(302, { Location: location }).end();
  const status = typeof file.status === 'function' ? file.status() : file.status;
  if (status) {
    const { retryAfter } = file;
    return void response.writeHead(status, retryAfter ? { 'Retry-After': retryAfter } : {}).end('no');
  }
  const headers: Record<string, string | number> = { 'Access-Control-Allow-Origin': '*' };
  if (etag) headers['ETag'] = etag;
  if (file.lastModified) headers['Last-Modified'] = file.lastModified;
  const condition = request.headers['if-range'];
  const isCurrent = condition === undefined || (condition === etag && file.conditions !== false);
  const match = ranges && isCurrent ? /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') : null;
  let body = content;
  let code = 200;
  if (match) {
    const start = Number(match[1]);
    const end = match[2] ? Math.min(Number(match[2]) + 1, content.length) : content.length;
    if (start >= content.length) {
      return void response.writeHead(416, { 'Content-Range': `bytes */${content.length}` }).end();
    }
    code = 206;
    headers['Content-Range'] = `bytes ${start}-${end - 1}/${content.length}`;
    body = content.subarray(start, end);
  }
  if (file.gzip && /gzip/.test(String(request.headers['accept-encoding']))) {
    body = gzipSync(body);
    headers['Content-Encoding'] = 'gzip';
  }
  headers['Content-Length'] = length ?? body.length;
  response.writeHead(code, headers);
  if (request.method === 'HEAD') return void response.end();
  const limit = Math.min(body.length, breakAfter?.() ?? (stall ? 100 : Number.POSITIVE_INFINITY));
  const send = (): void => {
    if (response.destroyed || file.sends?.() === false) return;
    const piece = body.subarray(served.sent, Math.min(limit, served.sent + PIECE));
    served.sent += piece.length;
    if (served.sent === body.length) response.end(piece);
    else if (served.sent < limit) response.write(piece, send);
    else {
      response.write(piece, () => {
        if (!stall) setTimeout(() => response.destroy(), 60); // late enough for the sent bytes to arrive
      });
    }
  };
  send();
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { openUrl } from './open-url.ts';

it('a file whose ranges are those of its compressed bytes is read as a whole', async () => {
  const content = new TextEncoder().encode('{"some": "config"}\n'.repeat(200));
  const packed = gzipSync(content);
  const server = createServer(({ headers: { range } }, response) => {
    const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
    response.setHeader('Content-Encoding', 'gzip');
    if (!match) return void response.end(packed);
    const part = packed.subarray(Number(match[1]), Number(match[2]) + 1);
    response.writeHead(206, { 'Content-Range': `bytes ${match[1]}-${match[2]}/${packed.length}` });
    response.end(part);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const file = await openUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/config.json`);
  expect(file.size).toBe(content.length);
  expect(await file.read(3, 40)).toEqual(content.slice(3, 40));
  await new Promise((resolve) => server.close(resolve));
});

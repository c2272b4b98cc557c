import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cpus } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../node/browser.ts';
import type { PeerRow } from './compare-peers.ts';
import type { PeerHost } from './main.ts';

const app = fileURLToPath(new URL('../../', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

/** All libraries in one page of headless Chromium. */
export async function openBrowserPeers(): Promise<PeerHost> {
  if (!existsSync(`${app}dist/peers.html`)) {
    throw new Error('the page is not built: npx turbo run build --filter @glip-wgpu/bench');
  }
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const file = join(app, path.startsWith('/node_modules/') ? 'peers' : 'dist', path);
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await openBrowser();
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`http://127.0.0.1:${port}/peers.html`);
  await page.waitForFunction('globalThis.peers !== undefined');
  const adapter = (await page.evaluate('globalThis.peers.then(({ adapter }) => adapter)')) as string;
  return {
    adapter,
    platform: `Chromium ${browser.version().split('.')[0]}, ${cpus()[0]?.model ?? process.arch}, ${cpus().length} cores`,
    async compare({ name }, rounds) {
      const call = `globalThis.peers.then((peers) => peers.compare(${JSON.stringify(name)}, ${rounds}))`;
      return (await page.evaluate(call)) as PeerRow;
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

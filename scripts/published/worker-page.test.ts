import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { type Browser, chromium as playwright } from 'playwright';
import { build, createServer as createViteServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium } from '../../tools/chromium.mjs';

// A page that prepares training batches in a worker, with the built packages: as plain modules with an import map, which
// workers do not have, bundled by Vite, and from its development server. `npm test` builds before it tests.

const root = new URL('../../', import.meta.url).pathname;
const folder = `${root}.cache/worker-page/`;

const PAGE = `
import { WordPiece } from '@glip-wgpu/bert';
import { memoryFiles } from '@glip-wgpu/datasets';
import { glipT } from '@glip-wgpu/glip-core';
import { openBatches } from '@glip-wgpu/glip-train';

const place = { file: 'page.js' };
const images = ['dog', 'cat', 'dog', 'cat'].map((category, i) => ({
  path: i + '.png', width: 48, height: 32, place,
  annotations: [{ category, box: [2, 3, 20 + i, 25], spans: [], crowd: false, difficult: false, place }],
}));
const picture = async (i) => {
  const canvas = new OffscreenCanvas(48, 32);
  const pen = canvas.getContext('2d');
  pen.fillStyle = ['red', 'green', 'blue', 'gray'][i];
  pen.fillRect(5, 5, 30, 20);
  return new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
};
const contents = await Promise.all(images.map(async ({ path }, i) => [path, await picture(i)]));
const categories = ['dog', 'cat'].map((name, id) => ({ id, name }));
const tokenizer = WordPiece.fromPieces(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '.', 'dog', 'cat']);
const image = { ...glipT.image, minSize: 32, maxSize: 96 };
const config = { ...glipT, image, text: { maxTokens: 8, padToMax: true } };
async function batches(workers) {
  const datasets = [{ images, files: memoryFiles(Object.fromEntries(contents)), categories }];
  const source = await openBatches({ datasets, config, tokenizer, seed: 1, batch: 2, workers });
  const found = [];
  for await (const { parts } of source.batches(0)) if (found.push(parts) === 2) break;
  source[Symbol.dispose]();
  return JSON.stringify(found);
}
try {
  const [here, there] = [await batches(0), await batches(1)];
  document.title = here === there && here.length > 10000 ? 'the same batches' : 'other batches';
} catch (error) {
  document.title = String(error);
}
`;

/** Entries of the built packages and of their platform modules, as browsers resolve them. */
function importMap(): string {
  const imports: Record<string, string> = {};
  for (const name of readdirSync(`${root}packages`)) {
    const manifest = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8'));
    const at = (file: string): string => `/packages/${name}/${file.slice(2)}`;
    for (const [path, target] of Object.entries<{ default?: string } | string>(manifest.exports ?? {})) {
      if (typeof target !== 'string' && target.default)
        imports[`${manifest.name}${path.slice(1)}`] = at(target.default);
    }
    for (const [path, target] of Object.entries<{ default: string | { default: string } }>(
      manifest.imports ?? {},
    )) {
      imports[path] = at(typeof target.default === 'string' ? target.default : target.default.default);
    }
  }
  return JSON.stringify({ imports });
}

const html = (head: string, script: string): string =>
  `<!doctype html><title>running</title><link rel="icon" href="data:,">${head}<script type="module" src="${script}"></script>`;

/** The files of the repository, and the page at \`/\`. */
function plainServer(): Server {
  const types: Record<string, string> = { '.js': 'text/javascript', '.html': 'text/html' };
  return createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    try {
      const map = `<script type="importmap">${importMap()}</script>`;
      const body =
        path === '/' ? html(map, '/.cache/worker-page/page.js') : readFileSync(`${root}${path.slice(1)}`);
      response.setHeader('Content-Type', types[extname(path) || '.html'] ?? 'application/octet-stream');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
}

let browser: Browser;
beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true }); // Vite keeps what it has made of former copies
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}page.js`, PAGE);
  writeFileSync(`${folder}index.html`, html('', './page.js'));
  // Copies: Vite does not treat a linked package as a dependency.
  for (const name of readdirSync(`${root}packages`)) {
    if (!existsSync(`${root}packages/${name}/dist`)) continue;
    for (const part of ['package.json', 'dist']) {
      const copy = `${folder}node_modules/@glip-wgpu/${name}/${part}`;
      cpSync(`${root}packages/${name}/${part}`, copy, { recursive: true });
    }
  }
  browser = await playwright.launch({ ...chromium, ignoreDefaultArgs: ['--disable-gpu'] });
});
afterAll(async () => {
  await browser?.close();
});

/** The page's title once it has finished, the number of workers that it had, and its problems. */
async function visit(url: string) {
  const page = await browser.newPage();
  const problems: string[] = [];
  let workers = 0;
  page.on('worker', () => {
    workers += 1;
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(url);
  await page.waitForFunction(() => document.title !== 'running', null, { timeout: 300_000 }).catch(() => {});
  const title = await page.title();
  await page.close();
  return { title, workers, problems };
}

describe('a worker of glip-train gives the batches of the main thread in Chromium', () => {
  it('from a plain module that an import map resolves', async () => {
    const server = plainServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await visit(`http://127.0.0.1:${port}/`)).toEqual({
      title: 'the same batches',
      workers: 1,
      problems: [],
    });
    server.close();
  });

  it('from a page that Vite has bundled', async () => {
    const outDir = `${folder}dist`;
    await build({ root: folder, configFile: false, logLevel: 'error', build: { outDir, target: 'es2022' } });
    const server = await preview({
      root: folder,
      configFile: false,
      logLevel: 'error',
      build: { outDir },
      preview: { port: 0, host: '127.0.0.1' },
    });
    const url = server.resolvedUrls?.local[0] as string;
    expect(await visit(url)).toEqual({ title: 'the same batches', workers: 1, problems: [] });
    await server.close();
  });

  it("from Vite's development server", async () => {
    const server = await createViteServer({
      root: folder,
      configFile: false,
      logLevel: 'error',
      server: { port: 0, host: '127.0.0.1' },
    });
    await server.listen();
    const url = server.resolvedUrls?.local[0] as string;
    expect(await visit(url)).toEqual({ title: 'the same batches', workers: 1, problems: [] });
    await server.close();
  });
});

import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, servePage } from '../node/browser.ts';
import { CDN } from '../peers/peer-settings.ts';
import type { PeerReport } from '../peers/peer-table.ts';
import { serveStubs } from './stub-libraries.ts';

// The panel of the built page that compares with other libraries. None of these is installed or downloaded here.

const SLOW = 900_000;
const FROM = `from=${encodeURIComponent(CDN)}`; // servers of this repository may have others beside the page

let server: Awaited<ReturnType<typeof servePage>>;
let browser: Browser;
const problems: string[] = [];

beforeAll(async () => {
  server = await servePage();
  browser = await openBrowser();
}, SLOW);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function openPage(query: string, prepare: (page: Page) => Promise<unknown>): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.setDefaultTimeout(SLOW);
  page.on('pageerror', (error) => problems.push(String(error)));
  await prepare(page);
  await page.goto(server.url + query);
  return page;
}

async function reportOf(page: Page): Promise<PeerReport | null> {
  await page.waitForFunction(() => '__peers' in globalThis, undefined, { timeout: SLOW });
  return (await page.evaluate('globalThis.__peers')) as PeerReport | null;
}

const status = (page: Page): Promise<string | null> => page.locator('#peers-status').textContent();

async function saved(page: Page, format: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`[data-peers=${format}]`).click(),
  ]);
  return readFile(await file.path(), 'utf8');
}

describe('a comparison that a button starts', () => {
  const requests: string[] = [];
  let page: Page;
  beforeAll(async () => {
    page = await openPage(`?peers=all&filter=GEMM+512&rounds=5&${FROM}`, async (opened) => {
      opened.on('request', (request) => requests.push(request.url()));
      await serveStubs(opened, CDN);
    });
  }, SLOW);
  afterAll(() => page?.close());

  it('says what it will download from where, and fetches nothing before', async () => {
    const said = await page.locator('#peers-download').textContent();
    expect(said).toMatch(/^Start downloads 29\.0 MB .* from cdn\.jsdelivr\.net, another host\./);
    await page.locator('#peers-libraries [value=onnxruntime-web]').uncheck();
    expect(await page.locator('#peers-download').textContent()).toMatch(/^Start downloads 2\.1 MB/);
    await page.locator('#peers-libraries [value=onnxruntime-web]').check();
    expect(requests.filter((url) => !url.startsWith(server.url))).toEqual([]);
  });

  it(
    'goes on without what does not load, and does not count what is wrong',
    async () => {
      await page.locator('#peers-start').click();
      const report = await reportOf(page);
      const results = report?.rows.flatMap(({ results }) =>
        results.map(({ peer, status, samples }) => [peer, status, samples.length]),
      );
      expect(results).toEqual([
        ['ours', 'ok', 5],
        ['onnxruntime-web', 'failed', 0],
        ['tfjs', 'wrong', 5],
        ['jax-js', 'ok', 5],
      ]);
      expect(await page.locator('#peer-onnxruntime-web').textContent()).toMatch(
        /ort\.webgpu\.bundle\.min\.mjs is not the file in the npm package: it was not run$/,
      );
      expect(await page.locator('#peer-jax-js').textContent()).toBe('ready');
      expect(await page.locator('#peers-results td.bad').allTextContents()).toEqual([
        'failed',
        expect.stringMatching(/^\d.* \(wrong\)$/),
      ]);
      expect(await page.locator('#peers-means').textContent()).toMatch(
        /^fastest correct library.*jax-js, all/,
      );
      expect(await page.locator('#peers-problems').textContent()).toContain(
        'tfjs: wrong, not counted: the result',
      );
      expect(await page.locator('#peers-chart .bar').count()).toBe(4);
      expect(problems).toEqual([]);
    },
    SLOW,
  );

  it('can be saved', async () => {
    expect(JSON.parse(await saved(page, 'json'))).toEqual(await reportOf(page));
    const markdown = await saved(page, 'markdown');
    expect(markdown).toMatch(/^google swiftshader, .*@jax-js\/jax 0\.1\.25.*Median of 5, interleaved\./);
    expect(markdown).toMatch(/\| GEMM 512 x 512 x 512 \| GFLOP\/s \|.*\(wrong\).*\| jax-js \| [\d.]+× \|/);
  });

  it(
    'says that there is no network where there is none',
    async () => {
      await page.route(`${CDN}**`, (route) => route.abort());
      await page.locator('#peers-start').click();
      await page.getByText(/^No library could be loaded/).waitFor();
      expect(await status(page)).toBe(
        'No library could be loaded. cdn.jsdelivr.net does not respond: is there a network connection?',
      );
      expect(await page.locator('#peers-start').isEnabled()).toBe(true);
    },
    SLOW,
  );
});

describe('a comparison that a link asks for', () => {
  it('waits for the button where it would download from another host', async () => {
    const requests: string[] = [];
    const page = await openPage(`?peers=tfjs&auto=1&${FROM}`, async (opened) => {
      opened.on('request', (request) => requests.push(request.url()));
    });
    expect(await status(page)).toBe('Press Start: a link cannot make the page download from another host.');
    expect(requests.filter((url) => !url.startsWith(server.url))).toEqual([]);
    await page.close();
  });

  it(
    'starts by itself from its own server, and keeps what is done when it is stopped',
    async () => {
      const query = '?peers=jax-js&filter=GEMM+512,softmax+8000&rounds=5&from=./npm/&auto=1';
      const page = await openPage(query, (opened) => serveStubs(opened, `${server.url}npm/`));
      await page.getByText('2 of 2: softmax 8000 x 1000').waitFor();
      await page.locator('#peers-stop').click();
      const report = await reportOf(page);
      expect(report).toMatchObject({ complete: false, rounds: 5, versions: { '@jax-js/jax': '0.1.25' } });
      expect(report?.rows.map(({ name }) => name)).toEqual(['GEMM 512 x 512 x 512']);
      expect(await status(page)).toMatch(/^Stopped: google swiftshader, 1 operation/);
      await page.close();
    },
    SLOW,
  );

  it('is refused by name where it asks for what there is not', async () => {
    const page = await openPage('?peers=torch&auto=1', async () => {});
    expect(await status(page)).toMatch(/^Library "torch" does not exist/);
    await page.close();
  });
});

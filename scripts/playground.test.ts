import { readFileSync } from 'node:fs';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip, type RawImage } from '@glip-wgpu/glip-core';
import { type Browser, type Page, chromium as playwright } from 'playwright';
import { preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readImageFile } from '../packages/glip-cli/src/image-file.ts';
import { chromium } from '../tools/chromium.mjs';
import { compareDetections } from './parity/detections.ts';

// The built playground, with the packages as vite bundles them, in a real browser on its software adapter.

const root = new URL('../', import.meta.url).pathname;
const SCENE = `${root}examples/scene.jpg`;
const LARGER = `${root}examples/annotated.png`;
const PROMPT = ['blue house', 'dog', 'green car', 'yellow duck'];
interface Found {
  readonly label: string;
  readonly box: number[];
  readonly score: number;
}

let browser: Browser;
let page: Page;
let server: Awaited<ReturnType<typeof preview>>;
let glip: Glip;
let image: RawImage;
const problems: string[] = [];

beforeAll(async () => {
  server = await preview({
    root: `${root}apps/playground`,
    logLevel: 'error',
    preview: { port: 0, host: '127.0.0.1' },
  });
  browser = await playwright.launch({ ...chromium, ignoreDefaultArgs: ['--disable-gpu'] });
  page = await browser.newPage({ viewport: { width: 1100, height: 800 } });
  page.setDefaultTimeout(0); // the test's own limit holds
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await page.goto(server.resolvedUrls?.local[0] as string);
  glip = await Glip.load(emojiTiny);
  image = await readImageFile(SCENE);
});

afterAll(async () => {
  glip?.dispose();
  await browser?.close();
  await server?.close();
});

const lists = (found: readonly Found[]) => ({
  boxes: found.flatMap(({ box }) => box),
  scores: found.map(({ score }) => score),
  labels: found.map(({ label }) => PROMPT.indexOf(label)),
});

it('the page finds things in its picture and shows them', async () => {
  await page.waitForFunction(() => /\d+ ms/.test(document.getElementById('status')?.textContent ?? ''));
  const labels = await page.locator('#results tr td:first-child').allTextContents();
  expect(labels.length).toBeGreaterThan(0);
  for (const label of labels) expect(PROMPT).toContain(label);
  const screenshot = process.env['SCREENSHOT'];
  if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  expect(problems).toEqual([]);
});

it('the policy of the page forbids markup as code, scripts of other places and other hosts', async () => {
  const own = await browser.newPage(); // its console speaks of what is refused
  await own.goto(server.resolvedUrls?.local[0] as string);
  const policy = await own.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  for (const part of ["script-src 'self'", "connect-src 'self' data: blob:", "trusted-types 'none'"])
    expect(policy?.split('; ')).toContain(part);
  const refused = await own.evaluate(async () => {
    const names: string[] = [];
    try {
      document.createElement('p').innerHTML = '<b>x</b>';
    } catch {
      names.push('html');
    }
    await fetch('https://other.example/').catch(() => names.push('fetch'));
    return names;
  });
  expect(refused).toEqual(['html', 'fetch']);
  await own.close();
});

it('a higher threshold hides rows at once', async () => {
  const before = await page.locator('#results tr').count();
  await page.locator('#threshold').fill('0.99');
  expect(await page.locator('#results tr').count()).toBe(0);
  await page.locator('#threshold').fill('0.4');
  expect(await page.locator('#results tr').count()).toBe(before);
});

it('says what was not found, shows where a phrase is seen, and saves', async () => {
  const drawn = () =>
    page.evaluate(() => (document.getElementById('canvas') as HTMLCanvasElement).toDataURL());
  await page.locator('#threshold').fill('0.99');
  expect(await page.locator('#missing li').allTextContents()).toHaveLength(PROMPT.length);
  await page.locator('#threshold').fill('0.4');
  const plain = await drawn();
  await page.locator('#heat').selectOption({ label: 'dog' });
  expect(await drawn()).not.toBe(plain);
  const screenshot = process.env['SCREENSHOT'];
  if (screenshot) await page.screenshot({ path: screenshot.replace('.png', '-heat.png'), fullPage: true });
  await page.locator('#heat').selectOption('');
  expect(await drawn()).toBe(plain);
  for (const [kind, name, holds] of [
    ['svg', 'annotated.svg', 'data:image/jpeg;base64,'],
    ['coco', 'annotations.json', '"category_id": 1'],
    ['csv', 'labels.csv', 'blue house'],
  ]) {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator(`[data-save=${kind}]`).click(),
    ]);
    expect(download.suggestedFilename()).toBe(name);
    expect(readFileSync(await download.path(), 'utf8')).toContain(holds);
  }
  expect(problems).toEqual([]);
});

const settled = () =>
  page.waitForFunction(() => /^\d+ ms$/.test(document.getElementById('status')?.textContent ?? ''), null, {
    timeout: 240_000,
  });
const warnings = () => page.locator('#warnings li').allTextContents();

it('asks about a comma, and says that the model is a toy for a picture of another size', async () => {
  expect(await warnings()).toEqual([]);
  await page.locator('#prompt').fill('dog, green car');
  await page.locator('#find').click();
  await settled();
  expect((await warnings()).filter((text) => text.includes('did you mean'))).toEqual([
    '"dog, green car" is one name with commas; did you mean 2 names? Write "dog. green car"',
  ]);
  await page.locator('#prompt').fill(PROMPT.join('. '));
  await page.locator('#file').setInputFiles(LARGER);
  await expect
    .poll(warnings, { timeout: 240_000 })
    .toEqual([expect.stringContaining('emoji-tiny is a toy for drawn scenes')]);
  expect(await page.locator('#results tr').count()).toBeGreaterThan(0);
  expect(problems).toEqual([]);
}, 300_000);

it('a second search takes the place of the first', async () => {
  await page.locator('#prompt').fill('dog');
  await page.locator('#find').click();
  await page.locator('#prompt').fill('yellow duck');
  await page.locator('#find').click();
  await settled();
  await page.waitForTimeout(500);
  expect(new Set(await page.locator('#results tr td:first-child').allTextContents())).toEqual(
    new Set(['yellow duck']),
  );
  expect(problems).toEqual([]);
}, 300_000);

it('without WebGPU the page names the browsers that have it, and its controls are off', async () => {
  const plain = await browser.newPage();
  await plain.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });
    delete (Navigator.prototype as { gpu?: unknown }).gpu;
  });
  await plain.goto(server.resolvedUrls?.local[0] as string);
  await plain.getByText('This browser has no WebGPU. Chrome and Edge 113').waitFor();
  expect(await plain.locator('#find').isDisabled()).toBe(true);
  await plain.close();
}, 60_000);

it('raw pixels give the detections that Node gives', async () => {
  const expected = await glip.detect(image, { categories: PROMPT }, { threshold: 0 });
  const actual = await page.evaluate(
    async ({ data, width, height, categories }) => {
      const { glip } = globalThis as unknown as { glip: Glip };
      const picture = { data: Uint8Array.from(data), width, height, channels: 3 as const };
      return [...(await glip.detect(picture, { categories }, { threshold: 0 }))];
    },
    { data: [...image.data], width: image.width, height: image.height, categories: PROMPT },
  );
  const row = compareDetections(
    'raw pixels',
    lists(actual as unknown as Found[]),
    lists(expected as unknown as Found[]),
  );
  expect(row).toMatchObject({ verdict: 'ok' });
});

it('a picture that the browser decodes gives boxes within 0.5 px and scores within 0.01', async () => {
  const expected = await glip.detect(image, { categories: PROMPT }, { threshold: 0.1 });
  const bytes = readFileSync(SCENE).toString('base64');
  const actual = (await page.evaluate(
    async ({ bytes, categories }) => {
      const { glip } = globalThis as unknown as { glip: Glip };
      const blob = await (await fetch(`data:image/jpeg;base64,${bytes}`)).blob();
      return [...(await glip.detect(await createImageBitmap(blob), { categories }, { threshold: 0.09 }))];
    },
    { bytes, categories: PROMPT },
  )) as unknown as Found[];
  for (const { label, box, score } of expected) {
    const near = actual.some(
      (other) =>
        other.label === label &&
        Math.abs(other.score - score) <= 0.01 &&
        other.box.every((value, i) => Math.abs(value - box[i]) <= 0.5),
    );
    expect(near, `${label} ${score} has no counterpart`).toBe(true);
  }
});

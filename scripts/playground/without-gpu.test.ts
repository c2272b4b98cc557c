import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf, type Visit, visitPlayground } from './open-page.ts';

// All that needs no model: pages without WebGPU open at once.

const NO_GPU = { gpu: false };

interface App {
  readonly state: {
    readonly settings: Record<string, unknown>;
    readonly pictures: readonly { readonly id: number; readonly name: string; readonly width: number }[];
    readonly current: number;
  };
  readonly pictures: { openFiles(files: readonly File[]): Promise<void> };
}
const state = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { playground: App }).playground.state);
const hasPicture = (page: Page) =>
  page.waitForFunction(
    () => (globalThis as unknown as { playground: App }).playground.state.pictures.length > 0,
  );

let visit: Visit;
beforeAll(async () => {
  visit = await visitPlayground();
});
afterAll(async () => {
  expect(visit.problems).toEqual([]);
  await visit.close();
});

describe('a browser without WebGPU', () => {
  it('is told what to enable; searching is off, pictures can be looked at', async () => {
    const page = await visit.open('', NO_GPU);
    await page.getByText('This browser has no WebGPU.').waitFor();
    expect(await page.locator('#no-gpu li').allTextContents()).toEqual([
      expect.stringContaining('chrome://flags'),
      expect.stringContaining('Vulkan driver'),
      expect.stringContaining('Chrome and Edge from 113'),
    ]);
    expect(await page.locator('#find').isDisabled()).toBe(true);
    expect(await page.locator('#prompt').isDisabled()).toBe(true);
    await page.locator('[data-sample=taxis]').click();
    await page.locator('[data-sample=taxis][aria-pressed=true]').waitFor();
    expect(await page.locator('#prompt').inputValue()).toBe('taxi. snake');
    await page.context().close();
  });
});

it('the policy of the page forbids markup as code, scripts of other places and other hosts', async () => {
  const page = await visit.browser.newPage(); // its console speaks of what is refused
  await page.goto(visit.url);
  const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
  for (const part of ["script-src 'self'", "connect-src 'self' data: blob:", 'trusted-types playground'])
    expect(policy?.split('; ')).toContain(part);
  const refused = await page.evaluate(async () => {
    const names: string[] = [];
    try {
      document.createElement('p').innerHTML = '<b>x</b>';
    } catch {
      names.push('html');
    }
    try {
      new Worker('data:text/javascript,1');
    } catch {
      names.push('worker');
    }
    await fetch('https://other.example/').catch(() => names.push('fetch'));
    return names;
  });
  expect(refused).toEqual(['html', 'worker', 'fetch']);
  await page.close();
});

describe('the address', () => {
  const HASH =
    '#picture=taxis&mode=spans&caption=three+taxis+and+a+snake&spans=0-11+18-23&min=0.25&min.snake=0.5&overlap=all&limit=7&labels=off';

  it('restores prompt, picture and settings, and follows changes', async () => {
    const page = await visit.open(HASH, NO_GPU);
    await hasPicture(page);
    const { settings, pictures } = await state(page);
    expect(settings).toMatchObject({
      mode: 'spans',
      caption: 'three taxis and a snake',
      spans: [
        [0, 11],
        [18, 23],
      ],
      threshold: 0.25,
      thresholds: { snake: 0.5 },
      overlap: 'all',
      limit: 7,
      tags: false,
    });
    expect(pictures.map(({ name }) => name)).toEqual(['taxis.jpg']);
    expect(await page.locator('#prompt').inputValue()).toBe('three taxis and a snake');
    await page.locator('[data-sample=owl]').click();
    await page.waitForFunction(() => location.hash.includes('picture=owl'));
    await page.evaluate(() => {
      location.hash = '#picture=pandas&find=panda';
    });
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>('#prompt')?.value === 'panda',
    );
    await page.context().close();
  });

  it('that names a picture of another site fetches nothing before a click', async () => {
    const context = await visit.browser.newContext();
    const page = await context.newPage();
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(visit.url) && !/^(data|blob):/.test(request.url()))
        foreign.push(request.url());
    });
    await page.addInitScript(() => {
      delete (Navigator.prototype as { gpu?: unknown }).gpu;
    });
    await page.goto(`${visit.url}#picture=https://other.example/a.jpg`);
    await page.getByText('It is fetched only if you say so').waitFor();
    expect(await page.locator('#url').inputValue()).toBe('https://other.example/a.jpg');
    expect(foreign).toEqual([]);
    await page.locator('#fetch').click();
    await page.getByText('does not let other pages read its files').waitFor();
    await context.close();
  });
});

it('a picture of a site that allows it is fetched by its address', async () => {
  const page = await visit.open('', NO_GPU);
  await hasPicture(page);
  const picture = await sharp({ create: { width: 33, height: 22, channels: 3, background: 'teal' } })
    .png()
    .toBuffer();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'image/png' }).end(picture);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (const [address, said] of [
    ['ftp://x.example/a.png', 'Addresses of pictures begin with https://'],
    [`http://127.0.0.1:${port}/my%20picture.png?size=2#x`, ''],
  ]) {
    await page.locator('#address').click();
    await page.locator('#url').fill(address);
    await page.locator('#fetch').click();
    if (said) await page.locator('#notice', { hasText: said }).waitFor();
  }
  await page.waitForFunction(
    () => (globalThis as unknown as { playground: App }).playground.state.pictures.length === 2,
  );
  const { pictures, settings } = await state(page);
  expect(pictures[1]).toMatchObject({ name: 'my picture.png', width: 33, height: 22 });
  expect(settings['picture']).toBe(`http://127.0.0.1:${port}/my%20picture.png?size=2#x`);
  await new Promise((resolve) => server.close(resolve));
  await page.context().close();
});

it('a picture of 40 megapixels is shown scaled down, and upright by its EXIF orientation', async () => {
  const page = await visit.open('', NO_GPU);
  await hasPicture(page);
  const large = await sharp({ create: { width: 8000, height: 5000, channels: 3, background: 'teal' } })
    .jpeg({ quality: 30 })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  await page.locator('#file').setInputFiles({ name: 'large.jpg', mimeType: 'image/jpeg', buffer: large });
  await page.waitForFunction(
    () => (globalThis as unknown as { playground: App }).playground.state.pictures.length === 2,
  );
  const shown = await page.evaluate(() => {
    const { bitmap, width, height } = (
      globalThis as unknown as {
        playground: { state: { pictures: { bitmap: ImageBitmap; width: number; height: number }[] } };
      }
    ).playground.state.pictures[1];
    return [width, height, bitmap.width < bitmap.height, Math.max(bitmap.width, bitmap.height) < 4000];
  });
  expect(shown).toEqual([5000, 8000, true, true]);
  await page.context().close();
});

const HOSTILE = [
  '<img src=x onerror="globalThis.hit=1">',
  '"><script>globalThis.hit=1</script>',
  "'; globalThis.hit=1; //",
  '{{constructor.constructor("globalThis.hit=1")()}}',
  '__proto__',
  'constructor',
  'javascript:globalThis.hit=1',
  '\u202eevil',
  '\0',
  '\ud800',
  'a'.repeat(5000),
  '[UNK] [SEP] [CLS]',
  '%00%0a',
  '= = =',
  '. . .',
  '"""',
  '\u0301\u0301',
  '🏳️‍🌈',
  'min.x=1&mode=spans',
  '</textarea><b>',
];

describe('hostile texts leave no trace', () => {
  it('in the prompt and the address', async () => {
    const page = await visit.open('', NO_GPU);
    await hasPicture(page);
    for (const text of HOSTILE) {
      for (const [key, mode] of [
        ['find', 'categories'],
        ['caption', 'caption'],
        ['min.x', 'spans'],
        ['heat', 'categories'],
        ['model', 'categories'],
        ['picture', 'categories'],
      ]) {
        const hash = new URLSearchParams({ [key]: text, mode }).toString();
        await page.evaluate((next) => {
          location.hash = next;
        }, hash);
      }
      expect(await page.locator('#prompt').isVisible()).toBe(true);
    }
    expect(
      await page.evaluate(() => [
        (globalThis as { hit?: number }).hit,
        document.querySelectorAll('main b, main img[src=x]').length,
      ]),
    ).toEqual([undefined, 0]);
    expect(await page.evaluate(() => Object.keys(Object.prototype))).toEqual([]);
    await page.context().close();
  });

  it('in the names of files, and in lists', async () => {
    const page = await visit.open('', NO_GPU);
    await hasPicture(page);
    const picture = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(40, 30);
      canvas.getContext('2d')?.fillRect(0, 0, 9, 9);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    });
    for (const text of HOSTILE) {
      await page.evaluate(
        async ({ name, picture }) => {
          const { playground } = globalThis as unknown as { playground: App };
          await playground.pictures.openFiles([
            new File([Uint8Array.from(picture)], name, { type: 'image/png' }),
          ]);
          await playground.pictures.openFiles([
            new File([JSON.stringify({ categories: [{ name }] })], `${name}.json`),
          ]);
          await playground.pictures.openFiles([
            new File([`names: [${name}]`], 'x.yaml'),
            new File([name], 'y.txt'),
          ]);
        },
        { name: text, picture },
      );
    }
    const { pictures } = await state(page);
    expect(pictures).toHaveLength(1 + HOSTILE.length);
    expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
    await page.context().close();
  });
});

it('files that are no pictures are named, with what to do', async () => {
  const page = await visit.open('', NO_GPU);
  await hasPicture(page);
  for (const [start, name, said] of [
    ['\0\0\0\x20ftypheic\0\0\0\0heicmif1', 'IMG_0001.HEIC', 'IMG_0001.HEIC is a HEIC photo.'],
    ['II*\0\x08\0\0\0', 'scan.tif', 'scan.tif is a TIFF or a raw photo.'],
    ['%PDF-1.7', 'page.pdf', 'page.pdf is a PDF document.'],
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'cut.jpg', 'cut.jpg is damaged'],
    ['<!doctype html><p>', 'photo.jpg', 'photo.jpg is a web page.'],
  ]) {
    await page.locator('#file').setInputFiles({ name, mimeType: '', buffer: Buffer.from(start, 'latin1') });
    await page.locator('#notice', { hasText: said }).waitFor();
  }
  await page.context().close();
});

it('pictures can be dropped and pasted anywhere, several at once', async () => {
  const page = await visit.open('', NO_GPU);
  await hasPicture(page);
  await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(40, 30);
    canvas.getContext('2d');
    const blob = await canvas.convertToBlob();
    const data = new DataTransfer();
    for (const name of ['a.png', 'b.png']) data.items.add(new File([blob], name, { type: 'image/png' }));
    const own = { bubbles: true, cancelable: true };
    dispatchEvent(new DragEvent('dragover', { ...own, dataTransfer: data }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (!document.querySelector('.drop-target')) throw new Error('nothing says that dropping works');
    dispatchEvent(new DragEvent('drop', { ...own, dataTransfer: data }));
    const pasted = new DataTransfer();
    pasted.items.add(new File([blob], 'image.png', { type: 'image/png' }));
    dispatchEvent(new ClipboardEvent('paste', { ...own, clipboardData: pasted }));
  });
  await expect.poll(() => page.locator('[data-picture]').count()).toBe(3);
  expect(await page.locator('.drop-target').count()).toBe(0);
  const { pictures } = await state(page);
  expect(
    pictures
      .slice(1)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['a.png', 'b.png', 'image.png']);
  await page.locator('.frame-remove').first().click();
  expect(await page.locator('[data-picture]').count()).toBe(2);
  await page.context().close();
});

describe('axe finds no fault', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    it.each([1280, 320])(`in ${colorScheme} colors, %d pixels wide`, async (width) => {
      const page = await visit.open('#mode=spans&spans=2-13', { ...NO_GPU, width, colorScheme });
      await hasPicture(page);
      const check = async (): Promise<void> => {
        expect(await faultsOf(page)).toEqual([]);
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
      };
      await check();
      for (const [button, shown] of [
        ['#models', 'A file of your own'],
        ['#address', 'Address of the picture'],
      ]) {
        await page.locator(button).click();
        await page.getByText(shown).first().waitFor();
        await check();
        await page.keyboard.press('Escape');
        await expect.poll(() => page.locator('dialog').count()).toBe(0);
      }
      await page.context().close();
    });
  }
});

it('after the first visit the page works without a network', async () => {
  const page = await visit.open('', NO_GPU);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.context().setOffline(true);
  await page.goto('about:blank');
  await page.goto(`${visit.url}#picture=pandas`);
  await page.locator('#prompt').waitFor();
  await page.waitForFunction(
    () => (globalThis as unknown as { playground: App }).playground.state.pictures[0]?.name === 'pandas.jpg',
  );
  const weights = await page.evaluate(async () => {
    const [cache] = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const found = (await cache.keys()).find(({ url }) => url.endsWith('.safetensors'));
    return found && (await (await fetch(found.url)).arrayBuffer()).byteLength;
  });
  expect(weights).toBeGreaterThan(5e6);
  await page.context().close();
});

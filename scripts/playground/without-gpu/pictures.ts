import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { type App, hasPicture, NO_GPU, state, visit } from './session.ts';

/** All ways to open a picture. */
export function pictures(): void {
  it('a picture of a site that allows it is fetched by its address', async () => {
    const page = await visit.open('', NO_GPU);
    await hasPicture(page);
    const picture = await sharp({ create: { width: 33, height: 22, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    const server = createServer((_, response) => {
      response
        .writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'image/png' })
        .end(picture);
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
    const files = await page.evaluateHandle(async () => {
      const canvas = new OffscreenCanvas(40, 30);
      canvas.getContext('2d');
      const blob = await canvas.convertToBlob();
      const data = new DataTransfer();
      for (const name of ['a.png', 'b.png']) data.items.add(new File([blob], name, { type: 'image/png' }));
      const pasted = new DataTransfer();
      pasted.items.add(new File([blob], 'image.png', { type: 'image/png' }));
      return { data, pasted, own: { bubbles: true, cancelable: true } };
    });
    const shown = page.locator('.drop-target');
    await page.evaluate(() => {
      const text = new DataTransfer();
      text.setData('text/plain', 'dog');
      const drag = new DragEvent('dragover', { bubbles: true, cancelable: true, dataTransfer: text });
      if (!dispatchEvent(drag)) throw new Error('text cannot be dragged into the prompt');
    });
    expect(await shown.count()).toBe(0);
    await files.evaluate(({ data, own }) => {
      dispatchEvent(new DragEvent('dragover', { ...own, dataTransfer: data }));
    });
    await shown.waitFor();
    await files.evaluate(({ data, pasted, own }) => {
      dispatchEvent(new DragEvent('drop', { ...own, dataTransfer: data }));
      dispatchEvent(new ClipboardEvent('paste', { ...own, clipboardData: pasted }));
    });
    await expect.poll(() => page.locator('[data-picture]').count()).toBe(3);
    await expect.poll(() => shown.count()).toBe(0);
    const { pictures } = await state(page);
    expect(
      pictures
        .slice(1)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['a.png', 'b.png', 'image.png']);
    await page.locator('.frame-remove').first().click();
    await expect.poll(() => page.locator('[data-picture]').count()).toBe(2);
    await page.context().close();
  });
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decoded } from '../detect/image-list.ts';
import { serveFiles } from '../testing/file-server.ts';
import { fetchImage, type ImageFile } from './image-file.ts';
import { readImageFile } from './image-files.node.ts';
import { readImage, snapshot } from './image-input.ts';

const folder = mkdtempSync(join(tmpdir(), 'glip-images-'));
const [width, height] = [12, 8];
const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 37) & 0xff);
const drawing = sharp(pixels, { raw: { width, height, channels: 3 } });
const path = join(folder, 'a photo #1.png');
let png: Buffer;
let jpeg: Buffer;
let server: Awaited<ReturnType<typeof serveFiles>>;
beforeAll(async () => {
  png = await drawing.clone().png().toBuffer();
  jpeg = await drawing.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
  writeFileSync(path, png);
  server = await serveFiles({ 'photo.png': { content: png } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('an image file is read in Node', () => {
  const forms: [title: string, file: () => ImageFile][] = [
    ['by its path', () => path],
    ['by its file: URL', () => pathToFileURL(path)],
    ['by its file: URL as text', () => pathToFileURL(path).href],
    ['by a URL on the web', () => server.url('photo.png')],
    ['by a data: URL', () => `data:image/png;base64,${png.toString('base64')}`],
    ['from a Buffer', () => png],
    ['from a Uint8Array that is a part of another', () => Uint8Array.from([1, ...png]).subarray(1)],
    ['from an ArrayBuffer', () => Uint8Array.from(png).buffer],
    ['from a Blob', () => new Blob([Uint8Array.from(png)])],
  ];
  it.each(forms)('%s', async (_, file) => {
    expect(readImage(await readImageFile(file()))).toEqual({ data: pixels, width, height });
  });

  it('as it is displayed: with its EXIF orientation', async () => {
    const image = await readImageFile(jpeg);
    expect([image.width, image.height]).toEqual([height, width]);
    const { data } = await sharp(await sharp(jpeg).rotate().png().toBuffer())
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(readImage(image).data).toEqual(new Uint8Array(data));
  });

  it('in gray, with 16 bits, and with an alpha channel that is dropped, not blended', async () => {
    const clear = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i % 4 === 3 ? 0 : 200));
    const rgba = await sharp(clear, { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer();
    expect(new Set(readImage(await readImageFile(rgba)).data)).toEqual(new Set([200]));
    const grayAlpha = await sharp(rgba).toColourspace('b-w').png().toBuffer();
    const gray = readImage(await readImageFile(grayAlpha));
    expect([gray.data.length, new Set(gray.data).size]).toEqual([pixels.length, 1]);
    const deep = await drawing.clone().toColourspace('rgb16').png().toBuffer();
    expect(readImage(await readImageFile(deep)).data).toEqual(pixels);
  });

  it('as its bytes were when it was passed', async () => {
    const bytes = Uint8Array.from(png);
    const kept = snapshot(bytes);
    bytes.fill(0);
    expect(readImage(await decoded(kept, {}))).toMatchObject({ width, height });
  });
});

describe('refused with its name and the reason is', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
  const refused: [title: string, file: () => ImageFile, message: RegExp][] = [
    ['a path where nothing is', () => join(folder, 'none.jpg'), /^image ".*none\.jpg": no such file$/],
    ['a folder', () => folder, /: it is a folder$/],
    ['an empty file', () => new Uint8Array(0), /^image: the file is empty$/],
    ['text', () => new TextEncoder().encode('no image'), /not an image that can be decoded: /],
    ['a picture that is cut off', () => png.subarray(0, png.length - 30), /not an image that can be decoded/],
    ['an SVG', () => new File([svg], 'x.svg'), /^image "x\.svg": SVG has no pixels/],
    ['a URL that is not there', () => server.url('none.png'), /none\.png": 404/],
    ['a URL without a server', () => 'http://127.0.0.1:9/x.png', /x\.png": it cannot be downloaded: /],
  ];
  it.each(refused)('%s', async (_, file, message) => {
    await expect(readImageFile(file())).rejects.toMatchObject({
      name: 'ImageError',
      message: expect.stringMatching(message),
    });
  });

  it('more pixels than allowed, before they are decoded', async () => {
    await expect(readImageFile(path, { maxPixels: 95 })).rejects.toThrow(
      /photo #1\.png": 12 x 8 is 96 pixels/,
    );
  });

  it('more bytes from the web than allowed', async () => {
    await expect(fetchImage(server.url('photo.png'), undefined, 50)).rejects.toThrow(/more than 50 bytes/);
  });

  it('any file without the package sharp, with how to get it', async () => {
    const missing = Object.assign(new Error("Cannot find package 'sharp'"), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(readImageFile(path, {}, () => Promise.reject(missing))).rejects.toThrow(
      /photo #1\.png": image files are decoded by the package sharp, which is not installed: npm install sharp/,
    );
    const broken = new Error('Could not load the "sharp" module using the linux-x64 runtime\nmore');
    await expect(readImageFile(path, {}, () => Promise.reject(broken))).rejects.toThrow(
      /does not start \(Could not load the "sharp" module using the linux-x64 runtime\): npm install sharp/,
    );
  });

  it('nothing after the signal: its reason', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(readImageFile(path, { signal })).rejects.toThrow('enough');
    await expect(readImageFile(server.url('photo.png'), { signal })).rejects.toThrow('enough');
  });
});

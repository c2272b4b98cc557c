import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip, readImageHeader } from '@glip-wgpu/glip-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { readImageFile } from './image-file.ts';
import { labTiff, withoutPhotometry } from './testing/tiff.ts';

const scene = new URL('../../../examples/scene.jpg', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'glip-images-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An ISO media file of a major and compatible brands. */
function brands(major: string, ...compatible: string[]): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(16 + 4 * compatible.length);
  return Buffer.concat([size, Buffer.from(`ftyp${major}\0\0\0\0${compatible.join('')}`), Buffer.alloc(40)]);
}

let files = 0;
function file(bytes: Uint8Array | string): string {
  const path = join(folder, `${files++}`);
  writeFileSync(path, bytes);
  return path;
}

/** 16 x 8 of one color. */
const plain = (alpha?: number): Sharp => {
  const background = { r: 200, g: 100, b: 50, ...(alpha !== undefined && { alpha }) };
  return sharp({ create: { width: 16, height: 8, channels: alpha === undefined ? 3 : 4, background } });
};

describe('a picture is read with its colors, whatever its file:', () => {
  it.each<[string, Sharp, string, number]>([
    ['JPEG', plain().jpeg({ quality: 100 }), 'jpeg', 2],
    ['progressive JPEG', plain().jpeg({ quality: 100, progressive: true }), 'jpeg', 2],
    ['CMYK JPEG', plain().toColourspace('cmyk').jpeg({ quality: 100 }), 'jpeg', 20], // through ink and back
    ['PNG', plain().png(), 'png', 0],
    ['interlaced PNG', plain().png({ progressive: true }), 'png', 0],
    ['PNG of a palette of 1 bit', plain().png({ palette: true, colors: 2 }), 'png', 0],
    ['PNG of 16 bits', plain().toColourspace('rgb16').png(), 'png', 0],
    ['PNG of transparent colors', plain(0).png(), 'png', 0],
    ['PNG with half alpha', plain(0.5).png(), 'png', 0],
    ['WebP', plain().webp({ lossless: true }), 'webp', 0],
    ['lossy WebP', plain().webp({ quality: 100 }), 'webp', 4],
    ['WebP with alpha', plain(0.5).webp({ lossless: true }), 'webp', 0],
    ['AVIF', plain().avif({ lossless: true }), 'avif', 1],
    ['GIF', plain().gif(), 'gif', 0],
  ])('%s', async (_, picture, format, tolerance) => {
    const bytes = await picture.toBuffer();
    expect(readImageHeader(bytes)).toEqual({ format, size: { width: 16, height: 8 } });
    const { data, width, height, channels } = await readImageFile(file(bytes));
    expect([width, height, channels]).toEqual([16, 8, 3]);
    for (const [i, value] of data.entries()) {
      expect(Math.abs(value - [200, 100, 50][i % 3])).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each(['b-w', 'grey16'] as const)('grey (%s)', async (space) => {
    const { data, channels } = await readImageFile(file(await plain().toColourspace(space).png().toBuffer()));
    expect(channels).toBe(3);
    expect(new Set(data).size).toBe(1);
  });
});

describe('a picture is turned as its EXIF data says', () => {
  // Red at the top left, blue at the top right, green below: each orientation undone gives the same picture.
  const rgb = Buffer.alloc(32 * 16 * 3);
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 32; x++) rgb[(y * 32 + x) * 3 + (y >= 8 ? 1 : x < 16 ? 0 : 2)] = 255;
  }
  // By EXIF orientation: position in the stored picture (width x height) of the pixel displayed at x, y.
  const stored: Readonly<Record<number, (x: number, y: number, width: number, height: number) => number[]>> =
    {
      1: (x, y) => [x, y],
      2: (x, y, width) => [width - 1 - x, y],
      3: (x, y, width, height) => [width - 1 - x, height - 1 - y],
      4: (x, y, _, height) => [x, height - 1 - y],
      5: (x, y) => [y, x],
      6: (x, y, _, height) => [y, height - 1 - x],
      7: (x, y, width, height) => [width - 1 - y, height - 1 - x],
      8: (x, y, width) => [width - 1 - y, x],
    };

  it.each(Object.keys(stored).map(Number))('orientation %i', async (orientation) => {
    const [width, height] = orientation < 5 ? [32, 16] : [16, 32];
    const raw = Buffer.alloc(rgb.length);
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 32; x++) {
        const [column, row] = stored[orientation](x, y, width, height);
        rgb.copy(raw, (row * width + column) * 3, (y * 32 + x) * 3, (y * 32 + x) * 3 + 3);
      }
    }
    const bytes = await sharp(raw, { raw: { width, height, channels: 3 } })
      .withMetadata({ orientation })
      .png()
      .toBuffer();
    const image = await readImageFile(file(bytes));
    expect([image.width, image.height]).toEqual([32, 16]);
    expect(Buffer.from(image.data).equals(rgb)).toBe(true);
  });
});

describe('a file is refused with a sentence:', () => {
  const refused = (path: string, message: RegExp, maxPixels?: number) =>
    expect(readImageFile(path, maxPixels)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(message),
    });

  it('cut off at any of 50 places', async () => {
    const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
    const picture = sharp({ create: { width: 120, height: 90, channels: 3, background: 'red', noise } });
    for (const bytes of [await picture.clone().jpeg().toBuffer(), await picture.clone().png().toBuffer()]) {
      for (let i = 0; i < 25; i++) {
        await refused(
          file(bytes.subarray(0, Math.floor((bytes.length * i) / 25))),
          /not a picture that can be read/,
        );
      }
    }
  });

  it('a header that claims 65 535 x 65 535 pixels, before it is decoded', async () => {
    const bytes = await plain().png().toBuffer();
    bytes.writeUInt32BE(65_535, 16);
    bytes.writeUInt32BE(65_535, 20);
    await refused(file(bytes), /65535 x 65535 pixels, above the limit of 67108864|not a picture/);
    expect(readImageHeader(bytes)?.size).toEqual({ width: 65_535, height: 65_535 });
    const large = sharp({ create: { width: 9000, height: 9000, channels: 3, background: 'red' } });
    await refused(
      file(await large.png({ compressionLevel: 1 }).toBuffer()),
      /9000 x 9000 pixels, above the limit of 67108864/,
    );
    await refused(file(await plain().png().toBuffer()), /16 x 8 pixels, above the limit of 100;/, 100);
  });

  it('an SVG, with or without a script', async () => {
    for (const inside of ['', '<script>alert(1)</script>', '<image href="https://example.com/a.png"/>']) {
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${inside}</svg>`;
      await refused(file(svg), /SVG has no pixels/);
      expect(readImageHeader(new TextEncoder().encode(svg))).toEqual({ format: 'svg' });
    }
  });

  it.each<[string, Buffer, RegExp]>([
    ['a HEIC photo', brands('heic', 'mif1', 'heic'), /a HEIC photo; convert it to JPEG/],
    ['a HEIC photo of the brand mif1', brands('mif1', 'mif1', 'heic'), /a HEIC photo/],
    ['a BMP', Buffer.from('BM\x36\0\0\0\0\0\0\0'), /a BMP picture; convert it to JPEG or PNG/],
    ['a JPEG XL', Buffer.from('\xff\x0a\xfa', 'latin1'), /a JPEG XL picture; convert/],
    ['a film', brands('isom', 'mp42'), /a video; take pictures out of it/],
    ['a film in Matroska', Buffer.from('\x1a\x45\xdf\xa3', 'latin1'), /a video/],
    ['a raw photo', brands('crx ', 'crx '), /a raw photo of a camera; convert/],
    ['a document', Buffer.from('%PDF-1.7'), /a PDF document/],
    ['an archive', Buffer.from('PK\x03\x04'), /an archive; unpack it/],
    ['a pointer of Git LFS', Buffer.from('version https://git-lfs.github.com/spec/v1'), /git lfs pull/],
    ['a web page', Buffer.from('\n<!DOCTYPE html>'), /a web page/],
  ])('%s, with a way out', async (_, bytes, message) => {
    await refused(file(bytes), message);
  });

  it('a folder, a file that is not there, and one that is there but damaged, each with the true reason', async () => {
    await refused(folder, /cannot be read: it is a folder/);
    await refused(join(folder, 'none.jpg'), /none\.jpg: no such file$/);
    await refused(file(withoutPhotometry()), /not a picture that can be read .*262 missing/);
  });

  it.each([
    ['an empty file', ''],
    ['text', 'a picture of a dog'],
    ['HTML', '<!doctype html><p>dog</p>'],
    ['a PNG signature alone', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
    ['a JPEG marker alone', Uint8Array.of(0xff, 0xd8, 0xff)],
    ['a JPEG of no segments', Uint8Array.from({ length: 99 }, () => 0xff)],
  ])('%s', async (_, bytes) => {
    await refused(file(bytes), /not a picture that can be read/);
  });
});

it('a JPEG with bytes between its segments is read, as by every other program', async () => {
  const bytes = await plain().jpeg({ quality: 100 }).withMetadata().toBuffer();
  const padded = Buffer.concat([bytes.subarray(0, 2), Buffer.alloc(16, 0x20), bytes.subarray(2)]);
  const { data, width } = await readImageFile(file(padded));
  expect(width).toBe(16);
  expect([...data.subarray(0, 3)].every((value, i) => Math.abs(value - [200, 100, 50][i]) < 3)).toBe(true);
});

describe('a TIFF of CIELAB colors', () => {
  it.each([3, 4])('of %i channels is read', async (channels) => {
    // L* 54, a* 81 - 128, ...: the same color at each pixel
    const { data, ...size } = await readImageFile(file(labTiff(channels)));
    expect(size).toEqual({ width: 4, height: 4, channels: 3 });
    const [r, g, b] = data;
    expect(Math.abs(r - 255) < 12 && g < 60 && b < 60).toBe(true); // sRGB red is 53.2, 80.1, 67.2
  });
});

it('red and blue are told apart from the file to the label', async () => {
  using glip = await Glip.load(emojiTiny);
  const image = await readImageFile(scene);
  const prompt = { categories: ['blue house', 'red house'] };
  const best = async (order: 'rgb' | 'bgr') =>
    (await glip.detect({ ...image, order }, prompt, { threshold: 0.1 }))[0].label;
  expect(await best('rgb')).toBe('blue house'); // as it is painted
  expect(await best('bgr')).toBe('red house'); // as it looks with both swapped
});

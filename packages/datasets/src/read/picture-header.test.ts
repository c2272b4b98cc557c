import { expect, it } from 'vitest';
import { jpeg, png } from '../testing/pictures.ts';
import { memoryFiles } from './files.ts';
import { pictureSize } from './picture-header.ts';

const bytes = (text: string, ...rest: number[]): Uint8Array =>
  Uint8Array.from([...[...text].map((character) => character.charCodeAt(0)), ...rest]);
const sizeOf = (content: Uint8Array) => pictureSize(memoryFiles({ x: content }), 'x');
const bmp = bytes(
  'BM',
  30,
  0,
  0,
  0,
  ...new Array(12).fill(0),
  7,
  0,
  0,
  0,
  0xfb,
  0xff,
  0xff,
  0xff,
  ...new Array(4).fill(0),
);

it.each<[string, Uint8Array]>([
  ['PNG', png(7, 5)],
  ['JPEG', jpeg(7, 5)],
  ['JPEG turned by its orientation', jpeg(5, 7, 6)],
  ['GIF', bytes('GIF89a', 7, 0, 5, 0, 0x3b)],
  ['WebP, lossy', bytes('RIFF\x16\0\0\0WEBPVP8 ', 0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 7, 0, 5, 0)],
  ['WebP, lossless', bytes('RIFF\x11\0\0\0WEBPVP8L', 0, 0, 0, 0, 0x2f, 6, 0, 1, 0)],
  ['WebP, extended', bytes('RIFF\x16\0\0\0WEBPVP8X', 10, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 4, 0, 0)],
  ['BMP, from top to bottom', bmp],
])('the size of a picture is found: %s', async (_, content) => {
  expect(await sizeOf(content)).toEqual({ width: 7, height: 5 });
});

it.each<[string, Uint8Array]>([
  ['is an empty file', new Uint8Array()],
  ['is cut off', png(7, 5).slice(0, 20)],
  ['is cut off', png(7, 5).slice(0, 36)],
  ['is cut off', jpeg(7, 5).slice(0, -1)],
  ['is cut off', jpeg(7, 5).slice(0, 1000)],
  ['is cut off', bmp.slice(0, -1)],
  ['has no pixels', png(0, 5)],
  ['is a damaged JPEG file', bytes('\xff\xd8\xff\xda\0\x02')],
  ['is a damaged JPEG file', bytes('\xff\xd8nothing else')],
  ['is not a JPEG, PNG, GIF, WebP or BMP file', bytes('<!doctype html>')],
])('a picture %s', async (reason, content) => {
  await expect(sizeOf(content)).rejects.toThrow(reason);
});

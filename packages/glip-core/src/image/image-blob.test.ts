import { describe, expect, it } from 'vitest';
import { readImageBlob } from './image-blob.ts';
import { readImageHeader } from './image-header.ts';

describe('the header of a file', () => {
  it('is read from any number of bytes, or none, without an error', () => {
    const starts = [
      [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
      [0xff, 0xd8, 0xff, 0xe0, 0, 0],
      [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x45, 0x42, 0x50, 0x56, 0x50, 0x38, 0x58],
      [0, 0, 0, 20, 0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69, 0x66],
      [0x47, 0x49, 0x46, 0x38, 0x39, 0x61],
      [0x42, 0x4d],
    ];
    for (const start of starts) {
      for (let length = 0; length < 64; length++) {
        const bytes = Uint8Array.from({ length }, (_, i) => start[i] ?? 0xff);
        expect(() => readImageHeader(bytes)).not.toThrow();
      }
    }
  });

  it('of a JPEG is found behind segments of any length', () => {
    const segment = (marker: number, body: number[]) => [0xff, marker, 0, body.length + 2, ...body];
    const frame = segment(0xc2, [8, 0x01, 0x00, 0x02, 0x00, 3]); // 256 high, 512 wide
    const bytes = [
      0xff,
      0xd8,
      ...segment(0xe1, Array(200).fill(0xff)),
      0xff,
      ...segment(0xc4, [0, 0]),
      ...frame,
      0,
      0,
      0,
    ];
    expect(readImageHeader(Uint8Array.from(bytes))?.size).toEqual({ width: 512, height: 256 });
  });
});

it('an image file is refused outside of browsers, with what to do', async () => {
  await expect(readImageBlob(new Blob(['x']))).rejects.toThrow(
    'image files are decoded by browsers; use readImageFile, or pass { data, width, height, channels }',
  );
});

import { afterEach, describe, expect, it, vi } from 'vitest';
import { ImageError } from '../errors.ts';
import { type DrawnImage, readImage } from './image-input.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('an image of bytes', () => {
  it('is read in its order of colors', () => {
    const rgb = { data: bytes(1, 2, 3, 4, 5, 6), width: 2, height: 1, channels: 3 } as const;
    expect(readImage(rgb).data).toBe(rgb.data);
    expect([...readImage({ ...rgb, order: 'bgr' }).data]).toEqual([3, 2, 1, 6, 5, 4]);
  });

  it('loses its alpha without blending', () => {
    const rgba = {
      data: bytes(1, 2, 3, 0, 4, 5, 6, 255),
      width: 1,
      height: 2,
      channels: 4,
    } as const;
    expect([...readImage(rgba).data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...readImage({ ...rgba, order: 'bgr' }).data]).toEqual([3, 2, 1, 6, 5, 4]);
  });

  it('may be grey', () => {
    const grey = { data: bytes(7, 9), width: 2, height: 1, channels: 1 } as const;
    expect([...readImage(grey).data]).toEqual([7, 7, 7, 9, 9, 9]);
  });

  it('may be an ImageData', () => {
    const data = Uint8ClampedArray.of(1, 2, 3, 4);
    const image = { data, width: 1, height: 1, colorSpace: 'srgb' } as unknown as ImageData;
    expect([...readImage(image).data]).toEqual([1, 2, 3]);
  });
});

describe('an image that cannot be used', () => {
  const good = { data: bytes(1, 2, 3), width: 1, height: 1, channels: 3 };
  it.each([
    ['null', null, 'null given'],
    ['a file name', 'photo.jpg', 'string given'],
    ['no width', { ...good, width: 0 }, 'size is 0 x 1'],
    ['a negative height', { ...good, height: -1 }, 'size is 1 x -1'],
    ['half a pixel', { ...good, width: 1.5 }, 'size is 1.5 x 1'],
    ['no size', { data: good.data, channels: 3 }, 'size is undefined x undefined'],
    ['too many pixels', { ...good, width: 8193, height: 8192 }, '8193 x 8192 is 67117056 pixels'],
    ['a missing byte', { ...good, data: bytes(1, 2) }, 'data has 2 bytes, expected 3 for 1 x 1 x 3'],
    ['one byte more', { ...good, data: bytes(1, 2, 3, 4) }, 'data has 4 bytes, expected 3'],
    ['two channels', { ...good, data: bytes(1, 2), channels: 2 }, '2 channels, expected 1, 3 or 4'],
    ['floats', { ...good, data: Float32Array.of(Number.NaN, 0, 1) }, 'data is Float32Array'],
    ['a plain array', { ...good, data: [1, 2, 3] }, 'data is Array'],
    ['an unknown order', { ...good, order: 'RGB' }, 'order is "RGB"'],
  ])('(%s) is refused with the reason', (_, image, message) => {
    const read = () => readImage(image as unknown as DrawnImage);
    expect(read).toThrow(ImageError);
    expect(read).toThrow(message);
  });

  it('(a picture, outside of browsers) is refused with what to do', () => {
    const bitmap = { width: 2, height: 2, close() {} } as unknown as ImageBitmap;
    expect(() => readImage(bitmap)).toThrow('pass { data, width, height, channels }');
  });
});

describe('a picture that a browser can draw', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** Stands for a browser's canvas: remembers what is drawn and returns a color. */
  function stubCanvas(getImageData: () => { data: Uint8ClampedArray }): unknown[][] {
    const drawn: unknown[][] = [];
    const context = {
      clearRect: () => {},
      drawImage: (...args: unknown[]) => drawn.push(args),
      getImageData,
    };
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = () => context;
      },
    );
    return drawn;
  }

  it.each([
    ['a bitmap', { width: 1, height: 2 }],
    ['an image element shown at another size', { width: 50, height: 50, naturalWidth: 1, naturalHeight: 2 }],
    ['a video element', { width: 0, height: 0, videoWidth: 1, videoHeight: 2 }],
    ['a video frame', { codedWidth: 16, codedHeight: 16, displayWidth: 1, displayHeight: 2 }],
  ])('(%s) is drawn at its own size and read', (_, picture) => {
    const drawn = stubCanvas(() => ({ data: Uint8ClampedArray.of(1, 2, 3, 4, 5, 6, 7, 8) }));
    expect(readImage(picture as unknown as DrawnImage)).toEqual({
      data: bytes(1, 2, 3, 5, 6, 7),
      width: 1,
      height: 2,
    });
    expect(drawn).toEqual([[picture, 0, 0, 1, 2]]);
  });

  it('of another origin is refused, with the cause', () => {
    stubCanvas(() => {
      throw new Error('The canvas has been tainted by cross-origin data.');
    });
    const read = () => readImage({ width: 1, height: 1 } as unknown as DrawnImage);
    expect(read).toThrow(ImageError);
    expect(read).toThrow('tainted by cross-origin data');
  });
});

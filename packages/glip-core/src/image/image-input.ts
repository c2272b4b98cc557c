import { ImageError } from '../errors.ts';

/** Bytes of an image, row by row from the top left, channels interleaved. */
export interface RawImage {
  /** 0 to 255, width x height x channels values. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 colour, 4 colour and alpha. Alpha is dropped, not blended. */
  readonly channels: 1 | 3 | 4;
  /** Order of the colour channels; 'rgb' unless said. */
  readonly order?: 'rgb' | 'bgr';
}

/** Anything that a browser can draw, or bytes. Transparent pixels count with the colour they hold. */
export type ImageInput =
  | RawImage
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame;

/** 8-bit RGB, 3 values per pixel. */
export interface RgbImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Images of more pixels than this are refused (8192 x 8192). */
export const MAX_IMAGE_PIXELS = 2 ** 26;

/**
 * The RGB bytes of an image; a view of the input where it already is RGB.
 *
 * @throws ImageError when there is nothing to read, the size is zero or above 2^26 pixels, the data has another
 *   length or type, or a canvas may not be read (pictures of another origin)
 */
export function readImage(image: ImageInput): RgbImage {
  if (typeof image !== 'object' || image === null) {
    throw new ImageError(`image: ${image === null ? 'null' : typeof image} given, expected an image`);
  }
  if (!('data' in image)) return toRgb(readDrawable(image));
  return toRgb('channels' in image ? image : { ...sizeOf(image), data: image.data, channels: 4 });
}

function toRgb(image: RawImage): RgbImage {
  const { data, width, height, channels, order = 'rgb' } = image;
  checkSize(width, height);
  if (![1, 3, 4].includes(channels)) {
    throw new ImageError(`image: ${channels} channels, expected 1, 3 or 4`);
  }
  if (order !== 'rgb' && order !== 'bgr') {
    throw new ImageError(`image: order is ${JSON.stringify(order)}, expected 'rgb' or 'bgr'`);
  }
  if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) {
    const type = Object.prototype.toString.call(data).slice(8, -1);
    throw new ImageError(`image: data is ${type}, expected Uint8Array or Uint8ClampedArray of 0 to 255`);
  }
  const length = width * height * channels;
  if (data.length !== length) {
    throw new ImageError(
      `image: data has ${data.length} bytes, expected ${length} for ${width} x ${height} x ${channels}`,
    );
  }

  if (channels === 3 && order === 'rgb') return { data, width, height };
  const [red, green, blue] = channels === 1 ? [0, 0, 0] : order === 'rgb' ? [0, 1, 2] : [2, 1, 0];
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < length; from += channels, to += 3) {
    rgb[to] = data[from + red] as number;
    rgb[to + 1] = data[from + green] as number;
    rgb[to + 2] = data[from + blue] as number;
  }
  return { data: rgb, width, height };
}

function readDrawable(image: Exclude<ImageInput, RawImage | ImageData>): RawImage {
  const { width, height } = sizeOf(image);
  checkSize(width, height);
  if (typeof OffscreenCanvas === 'undefined') {
    throw new ImageError('image: no OffscreenCanvas here to read it; give { data, width, height, channels }');
  }
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new ImageError(`image: no canvas of ${width} x ${height} to read it`);
  try {
    context.drawImage(image, 0, 0, width, height);
    return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
  } catch (cause) {
    throw new ImageError(`image: the browser does not let it be read: ${String(cause)}`, { cause });
  }
}

/** Pixels of the picture itself, not of the element that shows it. */
function sizeOf(image: Exclude<ImageInput, RawImage>): { width: number; height: number } {
  if ('displayWidth' in image) return { width: image.displayWidth, height: image.displayHeight };
  if ('videoWidth' in image) return { width: image.videoWidth, height: image.videoHeight };
  if ('naturalWidth' in image) return { width: image.naturalWidth, height: image.naturalHeight };
  return { width: image.width, height: image.height };
}

function checkSize(width: number, height: number): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new ImageError(`image: size is ${width} x ${height}, expected positive whole numbers`);
  }
  if (width * height > MAX_IMAGE_PIXELS) {
    throw new ImageError(
      `image: ${width} x ${height} is ${width * height} pixels, at most ${MAX_IMAGE_PIXELS} are read; scale it down`,
    );
  }
}

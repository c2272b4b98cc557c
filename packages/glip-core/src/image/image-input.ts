import { ImageError } from '../errors.ts';

/** Bytes of an image, row by row from the top left, channels interleaved. */
export interface RawImage {
  /** 0 to 255, width x height x channels values. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 3 color, 4 color and alpha. Alpha is dropped, not blended. */
  readonly channels: 1 | 3 | 4;
  /** Order of the color channels; 'rgb' unless said. */
  readonly order?: 'rgb' | 'bgr';
}

/**
 * Bytes, or anything that a browser can draw. In bytes and ImageData transparent pixels count with the color they hold;
 * what a browser draws is black there.
 */
export type DrawnImage =
  | RawImage
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLVideoElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | VideoFrame;

/** Accepted images. A Blob or File is an image file, which browsers decode. */
export type ImageInput = DrawnImage | Blob;

/** 8-bit RGB, 3 values per pixel. */
export interface RgbImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Images of more pixels than this are refused unless another limit is given (8192 x 8192). */
export const MAX_IMAGE_PIXELS = 2 ** 26;

/**
 * The RGB bytes of an image; a view of the input where it already is RGB.
 *
 * @throws ImageError when there is nothing to read, the size is zero or above maxPixels, the data has another
 *   length or type, or a canvas may not be read (pictures of another origin)
 */
export function readImage(image: DrawnImage, maxPixels: number = MAX_IMAGE_PIXELS): RgbImage {
  if (typeof image !== 'object' || image === null) {
    throw new ImageError(`image: ${image === null ? 'null' : typeof image} given, expected an image`);
  }
  if (!('data' in image)) return toRgb(readDrawable(image, maxPixels), maxPixels);
  return toRgb('channels' in image ? image : { ...sizeOf(image), data: image.data, channels: 4 }, maxPixels);
}

function toRgb(image: RawImage, maxPixels: number): RgbImage {
  const { data, width, height, channels, order = 'rgb' } = image;
  checkSize(width, height, maxPixels);
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

/**
 * The image as it is now, whatever becomes of its bytes, canvas or video. Image files, bitmaps and image elements do not
 * change and are given back.
 *
 * @throws ImageError as `readImage`, for a canvas or a video
 */
export function snapshot(image: ImageInput, maxPixels?: number): ImageInput {
  if (typeof image !== 'object' || image === null || image instanceof Blob) return image;
  if ('data' in image) {
    const { data, width, height } = image;
    if (!(data instanceof Uint8Array || data instanceof Uint8ClampedArray)) return image; // refused later
    const copied = { data: new Uint8Array(data), width, height };
    return 'channels' in image ? { ...image, ...copied } : { ...copied, channels: 4 };
  }
  const changes = 'getContext' in image || 'videoWidth' in image;
  return changes ? readDrawable(image, maxPixels) : image;
}

const MAX_KEPT_PIXELS = 2 ** 22;
let kept: OffscreenCanvas | undefined; // frames of a video need no canvas each

/** @throws ImageError as `readImage` */
export function readDrawable(
  image: Exclude<DrawnImage, RawImage | ImageData>,
  maxPixels: number = MAX_IMAGE_PIXELS,
): RawImage {
  const { width, height } = sizeOf(image);
  checkSize(width, height, maxPixels);
  if (typeof OffscreenCanvas === 'undefined') {
    throw new ImageError('image: no OffscreenCanvas here to read it; give { data, width, height, channels }');
  }
  const fits = kept?.width === width && kept.height === height;
  const canvas = kept && fits ? kept : new OffscreenCanvas(width, height);
  kept = width * height <= MAX_KEPT_PIXELS ? canvas : undefined;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new ImageError(`image: no canvas of ${width} x ${height} to read it`);
  try {
    context.clearRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
  } catch (cause) {
    kept = undefined; // what another origin drew stays on it
    throw new ImageError(`image: the browser does not let it be read: ${String(cause)}`, { cause });
  }
}

/** Pixels of the picture itself, not of the element that shows it. */
function sizeOf(image: Exclude<DrawnImage, RawImage>): { width: number; height: number } {
  if ('displayWidth' in image) return { width: image.displayWidth, height: image.displayHeight };
  if ('videoWidth' in image) return { width: image.videoWidth, height: image.videoHeight };
  if ('naturalWidth' in image) return { width: image.naturalWidth, height: image.naturalHeight };
  return { width: image.width, height: image.height };
}

/** @throws ImageError for a size that is none, or above the limit */
export function checkSize(width: number, height: number, maxPixels: number = MAX_IMAGE_PIXELS): void {
  if (!(maxPixels >= 1))
    throw new ImageError(`image: maxPixels is ${String(maxPixels)}, expected a number from 1`);
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new ImageError(`image: size is ${width} x ${height}, expected positive whole numbers`);
  }
  if (width * height > maxPixels) {
    throw new ImageError(
      `image: ${width} x ${height} is ${width * height} pixels, at most ${maxPixels} are read; scale it down`,
    );
  }
}

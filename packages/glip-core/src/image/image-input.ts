import { ImageError } from '../errors.ts';
import { copyOfFile, type ImageFile, isImageFile } from './image-file.ts';

/** Raw pixels of an image, row by row from the top left, channels interleaved. */
export interface RawImage {
  /** 0 to 255, width x height x channels values. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 color, 4 color and alpha. Alpha is dropped, not blended. */
  readonly channels: 1 | 3 | 4;
  /** Order of the color channels; default 'rgb'. */
  readonly order?: 'rgb' | 'bgr';
}

/**
 * Raw pixels, or anything that a browser can draw. In raw pixels and ImageData, transparent pixels keep their stored
 * color; where the browser draws, they are black.
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

/**
 * Accepted images. A string, URL, Blob, File, Buffer, Uint8Array or ArrayBuffer is an image file: its path or URL, or its
 * content. Browsers decode it themselves, Node and Deno by the package `sharp`, if that is installed.
 */
export type ImageInput = DrawnImage | ImageFile;

/** 8-bit RGB, 3 values per pixel. */
export interface RgbImage {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Default limit on the pixels of an image (8192 x 8192). */
export const MAX_IMAGE_PIXELS = 2 ** 26;

/**
 * RGB bytes of an image; a view of the input if it is RGB already.
 *
 * @throws ImageError if there is nothing to read, the size is zero or above maxPixels, the data has the wrong length or
 *   type, or a canvas may not be read (images of another origin)
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
 * A snapshot of the image, independent of later changes to its bytes, canvas or video. Files, bitmaps and image elements
 * do not change and are returned as they are.
 *
 * @throws ImageError as `readImage`, for a canvas or a video
 */
export function snapshot(image: ImageInput, maxPixels?: number): ImageInput {
  if (isImageFile(image)) return copyOfFile(image);
  if (typeof image !== 'object' || image === null) return image;
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
let kept: OffscreenCanvas | undefined; // avoids a canvas per video frame

/** @throws ImageError as `readImage` */
export function readDrawable(
  image: Exclude<DrawnImage, RawImage | ImageData>,
  maxPixels: number = MAX_IMAGE_PIXELS,
): RawImage {
  const { width, height } = sizeOf(image);
  checkSize(width, height, maxPixels);
  if (typeof OffscreenCanvas === 'undefined') {
    throw new ImageError('image: no OffscreenCanvas here to read it; pass { data, width, height, channels }');
  }
  const fits = kept?.width === width && kept.height === height;
  const canvas = kept && fits ? kept : new OffscreenCanvas(width, height);
  kept = width * height <= MAX_KEPT_PIXELS ? canvas : undefined;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null)
    throw new ImageError(`image: cannot create a canvas of ${width} x ${height} to read it`);
  try {
    context.clearRect(0, 0, width, height);
    context.drawImage(image, 0, 0, width, height);
    return { data: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
  } catch (cause) {
    kept = undefined; // a canvas stays tainted by images of another origin
    throw new ImageError(`image: the browser does not allow reading it: ${String(cause)}`, { cause });
  }
}

/** Size of the image itself, not of the element that shows it. */
function sizeOf(image: Exclude<DrawnImage, RawImage>): { width: number; height: number } {
  if ('displayWidth' in image) return { width: image.displayWidth, height: image.displayHeight };
  if ('videoWidth' in image) return { width: image.videoWidth, height: image.videoHeight };
  if ('naturalWidth' in image) return { width: image.naturalWidth, height: image.naturalHeight };
  return { width: image.width, height: image.height };
}

/** @throws ImageError if the size is invalid or above the limit */
export function checkSize(
  width: number,
  height: number,
  maxPixels: number = MAX_IMAGE_PIXELS,
  name = 'image',
): void {
  if (!(maxPixels >= 1))
    throw new ImageError(`${name}: maxPixels is ${String(maxPixels)}, expected a number of at least 1`);
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new ImageError(`${name}: size is ${width} x ${height}, expected positive whole numbers`);
  }
  if (width * height > maxPixels) {
    throw new ImageError(
      `${name}: ${width} x ${height} is ${width * height} pixels, above the limit of ${maxPixels}; scale it down`,
    );
  }
}

import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detections } from '../detect/grounding.ts';
import { Glip } from '../glip.ts';
import { readImageBlob } from './image-blob.ts';
import { type DrawnImage, readImage } from './image-input.ts';

/** Red on the left, blue on the right. */
function redBlue(width = 64, height = 32): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const pen = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  pen.fillStyle = '#f00';
  pen.fillRect(0, 0, width / 2, height);
  pen.fillStyle = '#00f';
  pen.fillRect(width / 2, 0, width / 2, height);
  return canvas;
}

function expectRedBlue(image: DrawnImage, tolerance = 0): void {
  const { data, width, height } = readImage(image);
  expect([width, height]).toEqual([64, 32]);
  for (const [x, expected] of [
    [4, [255, 0, 0]],
    [60, [0, 0, 255]],
  ] as const) {
    const pixel = data.subarray((16 * width + x) * 3, (16 * width + x) * 3 + 3);
    for (const [i, value] of pixel.entries())
      expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(tolerance);
  }
}

const pixels = (canvas: OffscreenCanvas): ImageData =>
  (canvas.getContext('2d') as OffscreenCanvasRenderingContext2D).getImageData(
    0,
    0,
    canvas.width,
    canvas.height,
  );

describe('a picture is read with red on the left and blue on the right:', () => {
  it('a canvas, its pixels, a bitmap', async () => {
    const canvas = redBlue();
    expectRedBlue(canvas);
    expectRedBlue(pixels(canvas));
    expectRedBlue(await createImageBitmap(canvas));
    const element = document.createElement('canvas');
    [element.width, element.height] = [64, 32];
    element.getContext('2d')?.drawImage(canvas, 0, 0);
    expectRedBlue(element);
  });

  it('an image element, whatever its size on the page', async () => {
    const image = new Image(10, 10);
    image.src = URL.createObjectURL(await redBlue().convertToBlob());
    await image.decode();
    expectRedBlue(image);
  });

  it('a video frame', () => {
    const frame = new VideoFrame(redBlue(), { timestamp: 0 });
    expectRedBlue(frame, 4);
    frame.close();
  });

  it.each(['image/png', 'image/jpeg', 'image/webp'])('a file: %s', async (type) => {
    const blob = await redBlue().convertToBlob({ type, quality: 1 });
    expect(blob.type).toBe(type);
    expectRedBlue(await readImageBlob(new File([blob], 'a')), type === 'image/png' ? 0 : 8);
  });
});

describe('a file that cannot be used', () => {
  const file = (bytes: BlobPart) => new File([bytes], 'a.bin');

  it.each([
    ['is text', 'a dog', 'not an image file'],
    ['is an SVG', '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', 'SVG is not supported'],
    ['is empty', '', 'not an image file'],
  ])('(it %s) is refused', async (_, bytes, message) => {
    await expect(readImageBlob(file(bytes))).rejects.toMatchObject({ name: 'ImageError' });
    await expect(readImageBlob(file(bytes))).rejects.toThrow(`image "a.bin": ${message}`);
  });

  it('(its header claims too much) is refused before it is decoded', async () => {
    const bytes = new Uint8Array(await (await redBlue().convertToBlob()).arrayBuffer());
    new DataView(bytes.buffer).setUint32(16, 65_535);
    new DataView(bytes.buffer).setUint32(20, 65_535);
    await expect(readImageBlob(file(bytes))).rejects.toThrow('65535 x 65535 is 4294836225 pixels');
    await expect(readImageBlob(await redBlue().convertToBlob(), 100)).rejects.toThrow(
      'above the limit of 100;',
    );
  });

  it('(its data is broken) is refused with the cause', async () => {
    const bytes = new Uint8Array(await (await redBlue().convertToBlob()).arrayBuffer());
    await expect(readImageBlob(file(bytes.slice(0, 40)))).rejects.toThrow('the png file cannot be decoded');
  });
});

describe('in a browser', () => {
  let glip: Glip;
  let file: Blob;
  const prompt = { categories: ['blue house', 'red house', 'dog'] };
  const numbers = (found: Detections): number[] => found.flatMap(({ box, score }) => [...box, score]);
  beforeAll(async () => {
    glip = await Glip.load(emojiTiny);
    file = await (await fetch(new URL('../../../../examples/scene.jpg', import.meta.url))).blob();
  });
  afterAll(() => glip.dispose());

  it('a file and the bitmap of it give the same, red and blue told apart', async () => {
    const found = await glip.detect(file, prompt, { threshold: 0.1 });
    expect(found.find(({ label }) => label.endsWith('house'))?.label).toBe('blue house');
    const bitmap = await createImageBitmap(file);
    expect(numbers(await glip.detect(bitmap, prompt, { threshold: 0.1 }))).toEqual(numbers(found));
    await expect(glip.detect(file, prompt, { maxPixels: 100 })).rejects.toThrow('above the limit of 100;');
  });

  it('a URL, also relative to the page, and the bytes of a file give the same as the file', async () => {
    const expected = numbers(await glip.detect(file, prompt, { threshold: 0.1 }));
    const url = new URL('../../../../examples/scene.jpg', import.meta.url);
    const forms = [url, url.href, url.pathname, URL.createObjectURL(file), await file.arrayBuffer()];
    for (const one of [...forms, new Uint8Array(await file.arrayBuffer())]) {
      expect(numbers(await glip.detect(one, prompt, { threshold: 0.1 }))).toEqual(expected);
    }
    const missing = new URL('none.jpg', 'http://127.0.0.1:9').href;
    await expect(glip.detect(missing, prompt)).rejects.toThrow(`image "${missing}": it cannot be downloaded`);
  });

  it('frames of a stream are found one by one, each closed, with steady memory', async () => {
    const frames: VideoFrame[] = [];
    const stream = new ReadableStream<VideoFrame>({
      pull(controller) {
        if (frames.length === 12) return controller.close();
        frames.push(new VideoFrame(redBlue(96, 96), { timestamp: frames.length * 40_000 }));
        controller.enqueue(frames.at(-1) as VideoFrame);
      },
    });
    const times: number[] = [];
    const memory: number[] = [];
    for await (const { time, found } of glip.detectVideo(stream, prompt, { threshold: 0 })) {
      times.push(time);
      memory.push(glip.device.memory.allocated);
      expect(found.labels).toHaveLength(3);
    }
    expect(times).toEqual(Array.from({ length: 12 }, (_, i) => i * 0.04));
    expect(new Set(memory.slice(2)).size).toBe(1);
    for (const frame of frames) expect(frame.format).toBeNull(); // closed
  });

  it('a video element is found as it plays, and at times', async () => {
    const video = await recorded();
    const seconds: number[] = [];
    for await (const { time } of glip.detectVideo(video, prompt, { every: 0.2 })) seconds.push(time);
    expect(seconds.length).toBeGreaterThan(2);
    for (const [i, time] of seconds.entries()) expect(time).toBeCloseTo(i * 0.2, 1);

    video.currentTime = 0;
    await video.play();
    let frames = 0;
    for await (const { found } of glip.detectVideo(video, prompt)) {
      frames += 1;
      expect(found.prompt).toBe('blue house. red house. dog');
    }
    expect(frames).toBeGreaterThan(0);
    expect(video.ended).toBe(true);
  });

  it('a loop over a video ends where it is left, aborted, or cannot play', async () => {
    const stream = () =>
      (async function* () {
        for (;;) yield pixels(redBlue());
      })();
    for await (const { time } of glip.detectVideo(stream(), prompt)) if (time === 2) break;
    const controller = new AbortController();
    const aborted = async () => {
      for await (const { time } of glip.detectVideo(stream(), prompt, { signal: controller.signal })) {
        if (time === 1) controller.abort();
      }
    };
    await expect(aborted()).rejects.toMatchObject({ name: 'AbortError' });
    const broken = document.createElement('video');
    broken.src = URL.createObjectURL(new Blob(['no video'], { type: 'video/webm' }));
    await expect(glip.detectVideo(broken, prompt).next()).rejects.toMatchObject({ name: 'ImageError' });
    await expect(glip.detectVideo(7 as unknown as HTMLVideoElement, prompt).next()).rejects.toThrow(
      'number given',
    );
    await expect(glip.detectVideo(broken, prompt, { every: 0 }).next()).rejects.toThrow('every is 0');
  });
});

/** A second of video, recorded from a canvas. */
async function recorded(): Promise<HTMLVideoElement> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [96, 96];
  const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm; codecs=vp8' });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  const stopped = new Promise((resolve) => {
    recorder.onstop = resolve;
  });
  recorder.start();
  for (let i = 0; i < 20; i++) {
    pen.fillStyle = i % 2 ? '#f00' : '#00f';
    pen.fillRect(0, 0, 96, 96);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  recorder.stop();
  await stopped;
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(new Blob(parts, { type: 'video/webm' }));
  await new Promise((resolve, reject) => {
    video.onloadeddata = resolve;
    video.onerror = () => reject(video.error);
  });
  if (!Number.isFinite(video.duration)) {
    // Recorders write no length; browsers find it at the end.
    video.currentTime = 1e9;
    await new Promise((resolve) => {
      video.onseeked = resolve;
    });
    video.currentTime = 0;
    await new Promise((resolve) => {
      video.onseeked = resolve;
    });
  }
  return video;
}

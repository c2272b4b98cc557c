import { ImageError } from '../errors.ts';
import { orAbort } from '../or-abort.ts';
import type { DrawnImage } from './image-input.ts';

/** A video: a video element, decoded frames, or any sequence of images. */
export type VideoInput = HTMLVideoElement | ReadableStream<VideoFrame> | AsyncIterable<DrawnImage>;

export interface FrameOptions {
  /**
   * Seconds between frames: the video element seeks to each, so none is missed. By default, the newest frame is taken
   * while the element plays.
   */
  readonly every?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A video frame. */
export interface Frame {
  readonly image: DrawnImage;
  /** Seconds from the start; the frame's index where frames carry no time. */
  readonly time: number;
}

/**
 * Frames of a video, one at a time. Decoded frames belong to the sequence: each is closed before the next.
 *
 * @throws ImageError if it is not a video or cannot be played
 */
export async function* framesOf(video: VideoInput, options: FrameOptions = {}): AsyncGenerator<Frame> {
  const { every, signal } = options;
  if (typeof video !== 'object' || video === null) {
    throw new ImageError(
      `video: ${video === null ? 'null' : typeof video} given, expected a video element or frames`,
    );
  }
  if (every !== undefined && !(every > 0)) {
    throw new ImageError(`video: every is ${String(every)}, expected seconds above 0`);
  }
  if ('videoWidth' in video) {
    yield* every === undefined ? framesPlayed(video, signal) : framesAt(video, every, signal);
    return;
  }
  if (every !== undefined)
    throw new ImageError('video: `every` applies to video elements; select frames of a stream yourself');
  let count = 0;
  for await (const image of 'getReader' in video ? chunksOf(video, signal) : video) {
    signal?.throwIfAborted();
    try {
      yield { image, time: 'timestamp' in image ? image.timestamp / 1e6 : count };
    } finally {
      if ('timestamp' in image) image.close();
    }
    count += 1;
  }
}

async function* chunksOf<T>(stream: ReadableStream<T>, signal?: AbortSignal): AsyncGenerator<T> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await orAbort(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** Frames at fixed intervals. */
async function* framesAt(video: HTMLVideoElement, step: number, signal?: AbortSignal): AsyncGenerator<Frame> {
  await ready(video, signal);
  if (!Number.isFinite(video.duration))
    throw new ImageError('video: it has no known length; leave out `every`');
  for (let i = 0; i * step < video.duration; i++) {
    video.currentTime = i * step;
    if (video.seeking) await event(video, 'seeked', signal);
    yield { image: video, time: video.currentTime };
  }
}

/** Frames as the video plays, until its end. */
async function* framesPlayed(video: HTMLVideoElement, signal?: AbortSignal): AsyncGenerator<Frame> {
  await ready(video, signal);
  while (!video.ended) {
    const time = await nextFrame(video, signal);
    if (time === undefined) return;
    yield { image: video, time };
  }
}

/** Time of the next presented frame; undefined at the end. */
async function nextFrame(video: HTMLVideoElement, signal?: AbortSignal): Promise<number | undefined> {
  let handle = 0;
  const ended = new AbortController();
  try {
    return await Promise.race([
      new Promise<number>((resolve) => {
        handle = video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime));
      }),
      event(video, 'ended', signal ? AbortSignal.any([signal, ended.signal]) : ended.signal).then(
        () => undefined,
      ),
    ]);
  } finally {
    video.cancelVideoFrameCallback(handle);
    ended.abort();
  }
}

async function ready(video: HTMLVideoElement, signal?: AbortSignal): Promise<void> {
  const failed = (): void => {
    if (video.error)
      throw new ImageError(`video: it cannot be played: ${video.error.message || video.error.code}`);
  };
  failed();
  if (video.readyState < 2) await event(video, 'loadeddata', signal);
  failed();
}

/** @throws ImageError if the element fails instead, or the signal's reason */
async function event(video: HTMLVideoElement, name: string, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const once = { once: true, signal: done.signal };
    const finish = (act: () => void) => () => {
      done.abort();
      act();
    };
    const fail = (): void =>
      reject(new ImageError(`video: it cannot be played: ${video.error?.message ?? 'unknown'}`));
    video.addEventListener(name, finish(resolve), once);
    video.addEventListener('error', finish(fail), once);
    signal?.addEventListener(
      'abort',
      finish(() => reject(signal.reason)),
      once,
    );
  });
}

import type { FrameOptions } from '../image/video.ts';
import type { DetectionOptions, Detections } from './grounding.ts';

export interface GroundOptions {
  /** Stops waiting; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Images of more pixels are refused, image files before they are decoded; 2^26 (8192 x 8192) unless given. */
  readonly maxPixels?: number | undefined;
  /** Keep where in the image each token is seen, as `scoreMaps`. */
  readonly explain?: boolean | undefined;
  /** 'glip' reads prompts as the original's demo does, faults included, for comparison. */
  readonly compat?: 'glip' | undefined;
}

export interface DetectOptions extends GroundOptions, DetectionOptions {
  /**
   * Called with the detections so far, and the index of the image, after each pass of a prompt that takes several,
   * except for the last. Every pass then waits for a transfer of its own.
   */
  readonly onFound?: ((found: Detections, image: number) => void) | undefined;
}

export interface BatchOptions {
  /**
   * Images in one pass; 1 unless given, for results that do not depend on the other images. More are faster on large
   * GPUs, but images of a pass are padded to a common size, which the model sees: scores and boxes change a little.
   */
  readonly batch?: number | undefined;
}

/** `every` seconds, or as the video plays; see `FrameOptions`. */
export interface VideoOptions extends DetectOptions, Pick<FrameOptions, 'every'> {}

/** Detections of one video frame. */
export interface FrameDetections {
  /** Seconds from the start; the frame's index where frames carry no time. */
  readonly time: number;
  readonly found: Detections;
}

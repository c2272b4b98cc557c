import type { Adapter } from '../adapter/adapter.ts';
import type { FrameOptions } from '../image/video.ts';
import type { DetectionOptions, Detections } from './grounding.ts';

export interface GroundOptions {
  /** Parameters to use in place of the model's; by default those given to `Glip.load`; null for the model alone. */
  readonly adapter?: Adapter | null | undefined;
  /** Stops waiting; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Maximum number of pixels of an image, checked before files are decoded. Default 2^26 (8192 x 8192). */
  readonly maxPixels?: number | undefined;
  /** Keep each token's score map, as `scoreMaps`. */
  readonly explain?: boolean | undefined;
  /** Maximum number of categories in a pass, as benchmarks prescribe; by default as many as fit the model's text. */
  readonly categoriesPerPrompt?: number | undefined;
  /** 'glip' reads prompts exactly as the original's demo does, bugs included, for comparison. */
  readonly compat?: 'glip' | undefined;
}

/** As for `ground`; one image at a time. */
export type ExplainOptions = Omit<GroundOptions, 'explain'>;

export interface DetectOptions extends GroundOptions, DetectionOptions {
  /**
   * Called after each pass but the last of a prompt that takes several passes, with the detections so far and the
   * image's index. Each pass then waits for its own transfer.
   */
  readonly onFound?: ((found: Detections, image: number) => void) | undefined;
}

export interface BatchOptions {
  /**
   * Images per pass. Default 1, so that results do not depend on the other images. More are faster on large GPUs, but
   * images of a pass are padded to a common size, which the model sees: scores and boxes change slightly.
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

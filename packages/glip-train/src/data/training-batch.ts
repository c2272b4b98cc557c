import type { Span } from '@glip-wgpu/bert';
import type { Normalizers, TargetArrays } from '../losses/loss-targets.ts';

/** One image of a batch as the model sees it, for drawings and for saved inputs. */
export interface TrainingSample {
  /** Path of the picture in its dataset. */
  readonly path: string;
  /** The text that the model reads. */
  readonly prompt: string;
  /** [G, 4]: x1, y1, x2, y2, pixels of the resized image, corners inclusive. */
  readonly boxes: Float32Array;
  /** The words of `prompt` that name each box. */
  readonly spans: readonly (readonly Span[])[];
  /** Height and width after resizing, without padding. */
  readonly size: readonly [height: number, width: number];
}

/** Images that one forward pass takes. Plain data, so that workers can make it. */
export interface MicroBatch {
  /** [B, H, W, 4]: normalized blue, green, red and a zero; zero-padded at the right and bottom. */
  readonly pixels: Float32Array;
  readonly shape: readonly [batch: number, height: number, width: number, channels: 4];
  /** [B, T]: word pieces, 0 at padding. */
  readonly ids: Uint32Array;
  /** [B, T]: 1, or 0 at padding. */
  readonly mask: Float32Array;
  readonly targets: TargetArrays;
  readonly samples: readonly TrainingSample[];
}

/** Images of one optimizer step. */
export interface TrainingBatch {
  /** At least one; all of the same shape. Their gradients are added up. */
  readonly parts: readonly MicroBatch[];
  /** Of all parts together. */
  readonly normalizers: Normalizers;
}

/**
 * Source of batches. A batch depends on nothing but the source's configuration and the step, so that a resumed run
 * continues with the batches that it would have had.
 */
export interface BatchSource extends Disposable {
  /** Batches from step `first` on, prepared ahead; without end. Ends early only by an error. */
  batches(first: number): AsyncIterable<TrainingBatch>;
  /** Entries that were left out since the source was opened, for example pictures that vanished. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  /** Steps of one pass over the data. */
  readonly stepsPerEpoch: number;
}

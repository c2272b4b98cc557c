import type { AnnotatedImage, Annotation } from '@glip-wgpu/datasets';
import type { GlipConfig, ImageSize, RawImage, RgbImage } from '@glip-wgpu/glip-core';
import type { AugmentRules } from './augmentation.ts';
import type { Vocabulary } from './category-names.ts';
import type { PromptRules } from './prompt-options.ts';
import type { MicroBatch } from './training-batch.ts';

/** Pixels of an encoded picture, 8 bits, oriented as displayed; RGB unless it says otherwise. */
export type Decode = (bytes: Uint8Array) => Promise<RgbImage | RawImage>;

/** Origin of an image's prompt: its categories or its caption. */
export type PromptKind = 'detection' | 'caption';

/** Settings that all parts share. Plain data. */
export interface PartSettings {
  readonly config: GlipConfig;
  readonly seed: number;
  /** T */
  readonly tokens: number;
  readonly maxSize: number;
  readonly augment: AugmentRules;
  readonly compat?: 'glip' | undefined;
  readonly datasets: readonly { readonly vocabulary: Vocabulary; readonly rules: PromptRules }[];
}

/** The fields of an annotation that prompts and targets are made of. */
export type SlotAnnotation = Pick<Annotation, 'category' | 'box' | 'spans' | 'attributes'>;

/** One image of a part. */
export interface Slot {
  readonly dataset: number;
  /** Position in the step's batch: part of the key of all its random choices. */
  readonly index: number;
  readonly kind: PromptKind;
  readonly image: Pick<AnnotatedImage, 'path' | 'width' | 'height' | 'caption'>;
  readonly annotations: readonly SlotAnnotation[];
  readonly bytes: Uint8Array;
  /** Captions of other images, to pack around its own. */
  readonly otherCaptions: readonly string[];
}

/** Images to be made into a part of a batch. Plain data. */
export interface PartRequest {
  readonly step: number;
  /** Length of the shorter side, pixels. */
  readonly size: number;
  /** Padded. */
  readonly shape: ImageSize;
  readonly slots: readonly Slot[];
}

/** A slot whose image cannot be used. */
export interface SlotFailure {
  readonly index: number;
  readonly reason: string;
}

/** A part, or the slots for which other images are needed. */
export type PartResult = { readonly part: MicroBatch } | { readonly failures: readonly SlotFailure[] };

/** Makes parts, on this thread or on others. */
export interface PartMakers {
  make(request: PartRequest): Promise<PartResult>;
  dispose(): void;
}

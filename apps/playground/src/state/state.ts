import type { LabeledBox } from '@glip-wgpu/datasets';
import type { Grounding } from '@glip-wgpu/glip-core';
import type { LoadedInfo, Progress, StageTimes } from '../worker/messages.ts';
import type { Inside, Look } from './look.ts';
import type { Settings } from './settings.ts';

export interface Picture {
  readonly id: number;
  /** File name. */
  readonly name: string;
  /** A sample's name or a URL, as in the settings; empty for a picture of the user's own. */
  readonly source: string;
  /** The file; undefined for frames of a video. */
  readonly blob: Blob | undefined;
  /** `blob:` URL for the thumbnail. */
  readonly thumbnail: string;
  /** As shown; large pictures are scaled down. */
  readonly bitmap: ImageBitmap;
  /** Pixels of the picture itself, upright. */
  readonly width: number;
  readonly height: number;
}

/** Detections in a picture. */
export interface Outcome {
  readonly grounding: Grounding;
  /** Model and prompt that it is of. */
  readonly key: string;
  readonly times: StageTimes;
}

export type Model =
  | { readonly state: 'loading'; readonly name: string; readonly progress: Progress | undefined }
  | { readonly state: 'ready'; readonly info: LoadedInfo }
  | { readonly state: 'failed'; readonly name: string; readonly message: string };

/** The detection in progress. */
export interface Run {
  readonly picture: number;
  readonly progress: Progress | undefined;
  /** Pictures that follow. */
  readonly waiting: number;
}

/** A training in progress, or that has ended. */
export interface Teaching {
  readonly steps: number;
  readonly losses: readonly number[];
  readonly running: boolean;
}

/** An adapter that was trained here or loaded from a file. */
export interface LearnedAdapter {
  /** Tells outcomes of one adapter from those of another. */
  readonly id: number;
  readonly file: Blob;
  readonly mode: string;
  readonly labels: readonly string[] | undefined;
  readonly on: boolean;
}

/** A box or label under the pointer or the keyboard's focus. */
export type Focus = { readonly box: number } | { readonly label: string } | undefined;

export interface Notice {
  readonly kind: 'error' | 'info';
  readonly text: string;
  /** Offers to search without what was learned, which answers to other names. */
  readonly unlearn?: boolean;
}

/** The reason why nothing can be detected here. */
export type Gpu = 'present' | 'no-webgpu' | 'no-adapter';

export interface State {
  readonly settings: Settings;
  readonly gpu: Gpu;
  readonly model: Model;
  /** True between the loss of the GPU and the reloaded model. */
  readonly lost: boolean;
  readonly pictures: readonly Picture[];
  readonly current: number | undefined;
  /** Address of a picture that a link names, until the user fetches it. */
  readonly linked: string;
  readonly outcomes: ReadonlyMap<number, Outcome>;
  /** Boxes that the user has corrected, by picture. */
  readonly edits: ReadonlyMap<number, readonly LabeledBox[]>;
  readonly run: Run | undefined;
  /** Of the search that was looked into last. */
  readonly inside: Inside | undefined;
  readonly look: Look;
  readonly live: 'camera' | 'video' | undefined;
  readonly focus: Focus;
  readonly notice: Notice | undefined;
  readonly dialog: 'models' | 'address' | 'export' | 'code' | 'camera' | undefined;
  /** Boxes can be moved, drawn and renamed. */
  readonly editing: boolean;
  readonly selected: number | undefined;
  /** Of new boxes; empty for the first label. */
  readonly newLabel: string;
  readonly teaching: Teaching | undefined;
  readonly adapter: LearnedAdapter | undefined;
}

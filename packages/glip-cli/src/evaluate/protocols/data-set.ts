import type { CategoryPrompt } from '@glip-wgpu/glip-core';
import type { EvaluatedImage } from '@glip-wgpu/glip-train';
import type { ShownBoxes } from './shown-boxes.ts';

/** Charts as SVG by the names of their files. */
export type BenchmarkCharts = Readonly<Record<string, string>>;

/** An image of a benchmark, and the captions to find in it, each in a pass of its own. */
export interface PromptedImage {
  /** Below the folder of data. */
  readonly path: string;
  readonly prompts: readonly CategoryPrompt[];
}

/** A box that was found for a label of a prompt. */
export interface PromptedBox {
  /** Place of the prompt among those of the image. */
  readonly prompt: number;
  readonly label: number;
  /** `[x1, y1, x2, y2]`, pixels of the image. */
  readonly box: readonly number[];
  readonly score: number;
}

/** A data set of a benchmark, with its metric. */
export interface BenchmarkDataSet {
  readonly name: string;
  readonly images: readonly PromptedImage[];
  /** Detections in each pass, if it is not the model's own limit. */
  readonly limitPerPass?: number;
  /** Adds the boxes found in an image, once for each image. */
  add(image: number, found: readonly PromptedBox[]): void;
  /** 0 to 1; -1 for those without an object to find. */
  figures(): Readonly<Record<string, number>>;
  /** Truth and detections of an image; of each sentence, where sentences are prompts. */
  shown(image: number, found: readonly PromptedBox[]): readonly ShownBoxes[];
  /** @param images  those that were shown */
  charts(images: readonly EvaluatedImage[]): BenchmarkCharts;
}

export interface BenchmarkOptions {
  /** The folder of data. */
  readonly data: string;
  readonly split: string | undefined;
  readonly maxImages: number | undefined;
  /** ODinW: the names and prompts that were written by hand for six of its data sets. */
  readonly manualPrompts: boolean;
}

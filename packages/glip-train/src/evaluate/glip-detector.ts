import type { Detections, Glip, ImageInput } from '@glip-wgpu/glip-core';

export interface GlipDetectorOptions {
  /** Maximum number of categories in a pass; by default as the model's configuration says. Results depend on it. */
  readonly categoriesPerPrompt?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A model as `evaluateDetector` takes it: all detections that the model keeps by its own configuration, with the
 * categories as the prompt. In the original, a score above 0.05 and 100 detections in each pass of the prompt.
 */
export function glipDetector(
  glip: Glip,
  options: GlipDetectorOptions = {},
): (picture: ImageInput, categories: readonly string[]) => Promise<Detections> {
  const { evaluation } = glip.config;
  const { categoriesPerPrompt = evaluation.categoriesPerPrompt || undefined, signal } = options;
  return (picture, categories) =>
    glip.detect(picture, { categories }, { threshold: 0, categoriesPerPrompt, signal });
}

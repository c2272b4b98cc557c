import { PromptError } from '../errors.ts';
import { readImageBlob } from '../image/image-blob.ts';
import type { DrawnImage, ImageInput } from '../image/image-input.ts';
import type { PromptInput } from '../prompt/prompt-input.ts';

export function isList(image: ImageInput | readonly ImageInput[]): image is readonly ImageInput[] {
  return Array.isArray(image);
}

/** Decodes image files to pixels; other images stay as they are. */
export function decoded(image: ImageInput, maxPixels?: number): DrawnImage | Promise<DrawnImage> {
  return typeof Blob !== 'undefined' && image instanceof Blob
    ? readImageBlob(image, maxPixels)
    : (image as DrawnImage);
}

/** One prompt for all images, or one for each. */
export function promptsOf(
  prompt: PromptInput | readonly PromptInput[],
  images: number,
): readonly PromptInput[] {
  if (!Array.isArray(prompt)) return [prompt as PromptInput];
  if (prompt.length === images) return prompt;
  throw new PromptError(
    'argument',
    `is a list of ${prompt.length} for ${images} images; give one, or one for each`,
  );
}

import { PromptError } from '../errors.ts';
import { type ImageFileOptions, isImageFile } from '../image/image-file.ts';
import type { DrawnImage, ImageInput } from '../image/image-input.ts';
import { readImageFile } from '../image/read-image-file.ts';
import type { PromptInput } from '../prompt/prompt-input.ts';

export function isList(image: ImageInput | readonly ImageInput[]): image is readonly ImageInput[] {
  return Array.isArray(image);
}

/** Decodes image files to pixels; other images stay as they are. */
export function decoded(image: ImageInput, options: ImageFileOptions): DrawnImage | Promise<DrawnImage> {
  return isImageFile(image) ? readImageFile(image, options) : image;
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

import { readImageFile } from '../image/image-files.node.ts';
import type { RawImage } from '../image/image-input.ts';

const example = await readImageFile(new URL('../../../../examples/scene.jpg', import.meta.url));

/**
 * The drawn scene of the examples (a dog, a green car, a yellow duck, a blue house) at another size, moved to the right by `shift`
 * pixels and around the edge: a picture in which emoji-tiny detects something, whatever it is asked for.
 */
export function scene(width: number, height: number, shift: number): RawImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * example.height) / height) * example.width;
    for (let x = 0; x < width; x++) {
      const from = (row + Math.floor((((x + shift) % width) * example.width) / width)) * example.channels;
      for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = example.data[from + c];
    }
  }
  return { data, width, height, channels: 3 };
}

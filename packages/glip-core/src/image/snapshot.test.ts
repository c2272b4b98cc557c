import { describe, expect, it } from 'vitest';
import { readImage, snapshot } from './image-input.ts';

describe('a snapshot of an image', () => {
  it.each(['rgb', 'bgr'] as const)('keeps its bytes as they were, %s', (order) => {
    const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const image = { data, width: 2, height: 1, channels: 3, order } as const;
    const before = [...readImage(image).data];
    const kept = snapshot(image);
    data.fill(0);
    expect([...readImage(kept as typeof image).data]).toEqual(before);
  });

  it('keeps ImageData as it was', () => {
    const image = { data: Uint8ClampedArray.of(1, 2, 3, 255), width: 1, height: 1 } as unknown as ImageData;
    const kept = snapshot(image);
    image.data.fill(0);
    expect([...readImage(kept as ImageData).data]).toEqual([1, 2, 3]);
  });

  it('is the image itself where that cannot change, or will be refused', () => {
    const file = new Blob(['x']);
    expect(snapshot(file)).toBe(file);
    const wrong = { data: [1, 2, 3], width: 1, height: 1, channels: 3 };
    expect(snapshot(wrong as never)).toBe(wrong);
  });
});

import { describe, expect, it } from 'vitest';
import { expectClose, fixture, fixtureJson } from '../testing/fixtures.ts';
import { decodeBoxes, encodeBoxes } from './box-coder.ts';

describe('the box coder', () => {
  it('decodes as the original, clamped growth included', () => {
    const stored = fixture('units/box_decode');
    const index = fixtureJson('units/index') as {
      box_decode: { max_abs_diff_f32_vs_f64: Record<string, number> };
    };
    const noise = index.box_decode.max_abs_diff_f32_vs_f64['out.boxes'] ?? Number.NaN;
    const boxes = decodeBoxes(stored.f32('in.deltas'), stored.f32('in.anchors'));
    expectClose(boxes, stored.f32('out.boxes'), 50 * noise);
  });

  it('decodes what it encoded', () => {
    const stored = fixture('units/box_encode');
    expectClose(decodeBoxes(stored.f32('out.targets'), stored.f32('in.anchors')), stored.f32('out.decoded'));
  });

  it('encodes as the original', () => {
    const stored = fixture('units/box_encode');
    expectClose(encodeBoxes(stored.f32('in.gt'), stored.f32('in.anchors')), stored.f32('out.targets'));
  });

  it('limits growth to 62.5 times, and no shrinking', () => {
    const boxes = decodeBoxes(Float32Array.of(1, -1, 0.5, 5), Float32Array.of(-28, -28, 35, 35));
    expectClose(boxes, [-24.965469, -89.385019, 44.765469, 83.585019], 2e-5);
    const huge = decodeBoxes(Float32Array.of(0, 0, 1e9, -1e9), Float32Array.of(0, 0, 15, 15));
    expect(huge[2] as number).toBeCloseTo(7.5 + (62.5 * 16 - 1) / 2, 2);
    expect([huge[1], huge[3]]).toEqual([8, 7]); // a side of 0: the corners cross
  });

  it('gives no boxes for no deltas', () => {
    expect(decodeBoxes(new Float32Array(0), new Float32Array(0))).toHaveLength(0);
  });
});

import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { anchorTensors, groundingLoss } from './grounding-loss.ts';
import { type ImageTargets, lossTargets } from './loss-targets.ts';

// The numbers of the original are compared in scripts/parity.

const device = await openDevice();
afterAll(() => device.dispose());

const boxes = Float32Array.of(0, 0, 15, 15, 16, 0, 31, 15, 0, 16, 15, 31, 16, 16, 31, 31);
const grid = { boxes, levels: [4] };
const anchors = anchorTensors(device, boxes);
const one: ImageTargets = { boxes: Float32Array.of(1, 1, 14, 14), tokens: [[1, 2]], length: 4 };
const none: ImageTargets = { boxes: new Float32Array(), tokens: [], length: 3 };
const text = { tokens: 5 };

function predictions(batch: number, value = 0) {
  const filled = (columns: number) =>
    device.tensor(new Float32Array(batch * 4 * columns).fill(value), [batch, 4, columns]);
  return { tokenLogits: filled(5), deltas: filled(4), centerness: filled(1) };
}

async function losses(images: readonly ImageTargets[], value?: number) {
  const targets = lossTargets(device, grid, images, text);
  const { token, box, centerness, total } = groundingLoss(
    predictions(images.length, value),
    anchors,
    targets,
  );
  const [t, b, c, all] = (await device.read([token, box, centerness, total])).map(([number]) => number);
  return { token: t, box: b, centerness: c, total: all, positives: targets.positives };
}

describe('groundingLoss', () => {
  it('is the sum of its parts', async () => {
    const { token, box, centerness, total, positives } = await losses([one]);
    expect(positives).toBe(1);
    expect(Math.min(token, box, centerness)).toBeGreaterThan(0);
    expect(total).toBeCloseTo(token + box + centerness, 5);
  });

  it('of logits of zero is ln 2, weighted, for each token that is no padding', async () => {
    const { token } = await losses([one]);
    // 4 anchors x 4 tokens, of which 2 are the box's: (1 - 0.5)^2 ln 2 (0.25 * 2 + 0.75 * 14)
    expect(token).toBeCloseTo(0.25 * Math.LN2 * (0.25 * 2 + 0.75 * 14), 5);
  });

  it('has no boxes to place in images without boxes, and no division by their number', async () => {
    const { token, box, centerness } = await losses([none, none]);
    expect(box).toBe(0);
    expect(centerness).toBe(0);
    expect(token).toBeCloseTo(0.25 * Math.LN2 * 0.75 * 2 * 4 * 3, 5);
  });

  it('stays a number where predictions are absurd', async () => {
    const { total } = await losses([one, none], 1e4);
    expect(Number.isFinite(total)).toBe(true);
  });

  it('costs nothing for a box that is met exactly', async () => {
    const exact: ImageTargets = { ...one, boxes: Float32Array.of(0, 0, 15, 15) };
    expect((await losses([exact])).box).toBeCloseTo(0, 6);
  });
});

describe('lossTargets', () => {
  const make = (images: readonly ImageTargets[]) => () => lossTargets(device, grid, images, text);

  it.each([
    ['no image', [], 'images are none'],
    [
      'fewer boxes than sets of tokens',
      [one, { ...one, boxes: none.boxes }],
      'images[1].boxes are 0 numbers',
    ],
    ['a text longer than the batch', [{ ...one, length: 6 }], 'images[0].length is 6, expected 1 to 5'],
    [
      'a token past the text',
      [{ ...one, tokens: [[4]] }],
      'images[0].tokens[0] names token 4 of a prompt of 4',
    ],
    ['a box without a name', [{ ...one, tokens: [[]] }], 'images[0].tokens[0] names no token'],
  ] as const)('refuses %s', (_, images, message) => {
    expect(make(images)).toThrow(message);
  });

  it('marks the token that means no object for anchors without a box', async () => {
    const { tokens } = lossTargets(device, grid, [one], { tokens: 5, noObject: 4 });
    expect([...(await tokens.read())]).toEqual([0, 1, 1, 0, 0, ...[1, 2, 3].flatMap(() => [0, 0, 0, 0, 1])]);
  });
});

import { WordPiece } from '@glip-wgpu/bert';
import type { RawImage } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, expect, it } from 'vitest';
import { madeUpBatches, madeUpPart, smallest } from '../testing/made-up-batches.ts';
import { Trainer } from '../trainer/trainer.ts';
import { NamingProbe } from './naming-probe.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const PIECES = [
  '[PAD]',
  '[CLS]',
  '[SEP]',
  '.',
  '[UNK]',
  'red',
  'blue',
  ...Array.from({ length: 23 }, (_, i) => `x${i}`),
];
const IMAGES = 16;

/** A made-up image, its box as edges, and its color. */
function example(n: number) {
  const { pixels, targets: _, samples } = madeUpPart(1000 + n, 1);
  const { mean, std } = smallest.image;
  const image: RawImage = { data: new Uint8Array(64 * 64 * 3), width: 64, height: 64, channels: 3 };
  for (let p = 0; p < 64 * 64; p++) {
    for (let c = 0; c < 3; c++) image.data[3 * p + 2 - c] = Math.round(pixels[4 * p + c] * std[c] + mean[c]);
  }
  const [x1, y1, x2, y2] = samples[0].boxes;
  return {
    image,
    box: [x1, y1, x2 + 1, y2 + 1] as const,
    color: (7 * (1000 + n)) % 2 === 0 ? 'red' : 'blue',
  };
}

it('tells what a phase that trains only the encoders has learned', async () => {
  const parameters = ParameterTree.random(device, 3);
  const losses = { detection: 0, pyramid: 1, fusion: 0, crossEntropy: 0.5 };
  const schedule = { kind: 'constant' } as const;
  const common = { trains: 'encoders', learningRate: 5e-3, weightDecay: 0, schedule, losses } as const;
  let shares: number[] = [];
  using trainer = new Trainer({
    config: smallest,
    parameters,
    plan: {
      seed: 2,
      phases: [{ name: 'naming', steps: 60, ...common }],
      clipNorm: 1,
      averageDecay: 0,
      regularization: false,
      recompute: false,
      evaluateEvery: 0,
      saveEvery: 0,
    },
    batches: () => madeUpBatches(4),
    async evaluate({ parameters, extra }) {
      const tokenizer = WordPiece.fromVocab(PIECES.join('\n'));
      using probe = new NamingProbe({ config: smallest, tokenizer, parameters, extra });
      let right = 0;
      for (let n = 0; n < IMAGES; n++) {
        const { image, box, color } = example(n);
        const [name] = await probe.names(image, ['red', 'blue'], [box]);
        if (name === color) right += 1;
      }
      shares = [...shares, right / IMAGES];
      return { named: right / IMAGES };
    },
  });
  for await (const _ of trainer.run()) {
    // until the end
  }
  expect(shares[0]).toBeGreaterThanOrEqual(0.9);
});

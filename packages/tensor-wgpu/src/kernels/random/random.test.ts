import { afterAll, describe, expect, it } from 'vitest';
import { capture } from '../../capture.ts';
import { openDevice } from '../../device/open-device.ts';
import { dropout, dropoutMask } from './dropout.ts';
import { philox } from './philox.ts';
import { freezeKey, nextStep, randomBits, randomKey, randomNormal, randomUniform } from './random.ts';

const device = await openDevice();
afterAll(() => device.dispose());

// Known answers of Random123, kat_vectors: counter, key, result of philox4x32 with 10 rounds.
const KNOWN = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const;

describe('philox', () => {
  it.each(KNOWN)('in TypeScript gives the published answer for %j, %j', (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });

  it.each(KNOWN)('on the GPU gives the published answer for %j, %j', async (counter, seed, expected) => {
    const key = device.tensor(Uint32Array.of(...seed, counter[2], counter[3]), [4]);
    const bits = randomBits(key, [4], counter[1], counter[0]);
    const [found] = await device.read([bits]);
    expect([...found]).toEqual(expected);
  });

  it('on the GPU has the bits of the TypeScript twin', async () => {
    const key = randomKey(device, 0x123456789abcd, 2 ** 35 + 17);
    const [found] = await device.read([randomBits(key, [25, 4], 'layer.3')]);
    const [k0, k1, low, high] = (await device.read([key]))[0];
    const place = [...'layer.3'].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 16777619), 2166136261) >>> 0;
    const expected = Array.from({ length: 25 }, (_, i) => philox([i, place, low, high], [k0, k1]));
    expect([...found]).toEqual(expected.flat());
  });
});

describe('random numbers', () => {
  it('have the moments of their distributions', async () => {
    const key = randomKey(device, 1);
    const [uniform, normal] = await device.read([
      randomUniform(key, [40000], 1, { low: -1, high: 3 }),
      randomNormal(key, [40000], 2, { mean: 2, deviation: 0.5 }),
    ]);
    const moments = (x: ArrayLike<number>): number[] => {
      const mean = Array.from(x).reduce((a, b) => a + b, 0) / x.length;
      return [mean, Math.sqrt(Array.from(x).reduce((a, b) => a + (b - mean) ** 2, 0) / x.length)];
    };
    expect(moments(uniform)[0]).toBeCloseTo(1, 1);
    expect(moments(uniform)[1]).toBeCloseTo(4 / Math.sqrt(12), 1);
    expect(moments(normal)[0]).toBeCloseTo(2, 1);
    expect(moments(normal)[1]).toBeCloseTo(0.5, 1);
    expect(uniform.every((x) => x >= -1 && x < 3)).toBe(true);
  });

  it('differ by seed, step and place, and are the same for the same', async () => {
    const draw = (seed: number, step: number, place: string) =>
      randomBits(randomKey(device, seed, step), [8], place);
    const all = await device.read([draw(1, 0, 'a'), draw(2, 0, 'a'), draw(1, 1, 'a'), draw(1, 0, 'b')]);
    expect(new Set(all.map(String)).size).toBe(4);
    expect((await device.read([draw(1, 0, 'a')]))[0]).toEqual(all[0]);
  });

  it('differ from replay to replay of a captured step as from step to step', async () => {
    const run = async (captured: boolean): Promise<string[]> => {
      const key = randomKey(device, 5, 2 ** 32 - 2);
      const x = device.tensor(new Float32Array(16).fill(1), [16]);
      const step = () => {
        const y = dropout(x, 0.5, key, 'x');
        nextStep(key);
        return { y };
      };
      const each = captured ? capture(device, step) : step;
      const found: string[] = [];
      for (let i = 0; i < 4; i++) found.push(`${await each().y.read()}`);
      return found;
    };
    const eager = await run(false);
    expect(new Set(eager).size).toBe(4);
    expect(await run(true)).toEqual(eager);
  });

  it('refuse an invalid seed, place, rate and key', () => {
    expect(() => randomKey(device, -1)).toThrow('randomKey: seed is -1, expected a whole number from 0');
    expect(() => randomUniform(randomKey(device, 1), [1], 0.5)).toThrow('randomUniform: place 0.5');
    const x = device.tensor([1], [1]);
    expect(() => dropout(x, 1, randomKey(device, 1), 0)).toThrow(
      'dropout: rate is 1, expected 0 <= rate < 1',
    );
    expect(() => randomNormal(x, [1], 0)).toThrow(
      'randomNormal: the key is f32 [1], expected what randomKey makes',
    );
  });

  it('are drawn again with a frozen key after the next step', async () => {
    const key = randomKey(device, 3);
    const frozen = freezeKey(key);
    expect(freezeKey(frozen)).toBe(frozen);
    nextStep(key);
    expect(() => nextStep(frozen)).toThrow('nextStep: the key is frozen');
    const draw = (from: typeof key) => randomBits(from, [8], 'a');
    const [now, first, again] = await device.read([draw(key), draw(randomKey(device, 3)), draw(frozen)]);
    expect(again).toEqual(first);
    expect(now).not.toEqual(first);
  });

  it.each([0.1, 0.3])(
    'drop a share of %s and scale the rest, independently by sample, place and step',
    async (rate) => {
      const [samples, each] = [4, 10000];
      const draw = (step: number, place: string) =>
        dropoutMask([samples, each], rate, randomKey(device, 11, step), place);
      const masks = await device.read([draw(0, 'layer.0'), draw(0, 'layer.1'), draw(1, 'layer.0')]);
      const rows = masks.flatMap((mask) =>
        Array.from({ length: samples }, (_, i) => [...mask].slice(i * each, (i + 1) * each)),
      );
      const deviation = Math.sqrt((rate * (1 - rate)) / each);
      for (const row of rows) {
        expect(new Set(row)).toEqual(new Set([0, Math.fround(1 / (1 - rate))]));
        const dropped = row.filter((factor) => factor === 0).length / each;
        expect(Math.abs(dropped - rate)).toBeLessThan(4 * deviation);
      }
      // Correlations of any two rows, and of neighbors in one, are those of independent draws.
      const centered = rows.map((row) => row.map((factor) => (factor === 0 ? rate - 1 : rate)));
      const correlation = (a: readonly number[], b: readonly number[]): number =>
        b.reduce((total, value, i) => total + a[i] * value, 0) / (b.length * rate * (1 - rate));
      for (const [i, a] of centered.entries()) {
        expect(Math.abs(correlation(a, a.slice(1)))).toBeLessThan(4.5 / Math.sqrt(each));
        for (const b of centered.slice(i + 1)) {
          expect(Math.abs(correlation(a, b))).toBeLessThan(4.5 / Math.sqrt(each));
        }
      }
    },
  );
});

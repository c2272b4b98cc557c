import { beforeAll, describe, expect, it } from 'vitest';
import { HELD_OUT_PAIRS, NOUNS } from './nouns.ts';
import { encodeScene, refuseHeldOut } from './record.ts';
import { makeScene, overlap, type Scene, SUBSETS, type Subset, type World } from './scene.ts';
import { HELD_OUT_STYLE } from './styles.ts';
import { testWorld } from './testing/world.ts';

let world: World;
const scenes = new Map<Subset, Scene[]>();
beforeAll(async () => {
  world = { ...(await testWorld()), size: 64 };
  for (const subset of Object.keys(SUBSETS) as Subset[])
    scenes.set(subset, await Promise.all(Array.from({ length: 150 }, (_, i) => makeScene(world, subset, i))));
});
const thingsOf = (...subsets: Subset[]) =>
  subsets.flatMap((subset) => scenes.get(subset) ?? []).flatMap(({ things }) => things);
const isHeldOut = ({ noun, color }: Scene['things'][number]) =>
  HELD_OUT_PAIRS.some(([c, name]) => c === color && name === noun.name);

describe('a scene', () => {
  it('depends on seed, subset and index alone', async () => {
    const { jpeg, record } = await encodeScene(world, 'train', 7);
    const again = await encodeScene({ ...(await testWorld()), size: 64 }, 'train', 7);
    expect(again.record).toEqual(record);
    expect(Buffer.from(again.jpeg).equals(jpeg)).toBe(true);
    expect(await encodeScene(world, 'train', 8)).not.toEqual(again);
    expect(await encodeScene(world, 'val', 7)).not.toEqual(again);
    expect(await encodeScene({ ...world, seed: 2 }, 'train', 7)).not.toEqual(again);
  });

  it('of training or validation has neither the held-out style nor a held-out pair', () => {
    const things = thingsOf('train', 'val');
    expect(things.filter(({ color }) => color).length).toBeGreaterThan(50);
    expect(things.filter((thing) => isHeldOut(thing) || thing.style === HELD_OUT_STYLE.id)).toEqual([]);
  });

  it('of the held-out style has no other style and no held-out pair', () => {
    for (const thing of thingsOf('style')) {
      expect(thing.style).toBe(HELD_OUT_STYLE.id);
      expect(isHeldOut(thing)).toBe(false);
    }
  });

  it('of held-out pairs has at least one of them, in styles of training', () => {
    for (const { things } of scenes.get('combo') ?? []) {
      expect(things.some(isHeldOut)).toBe(true);
      expect(things.every(({ style }) => style !== HELD_OUT_STYLE.id)).toBe(true);
    }
  });

  it('shows other drawings of a noun in training alone', () => {
    const alternates = (...subsets: Subset[]) =>
      thingsOf(...subsets).filter(({ icon }) => icon.endsWith('-other'));
    expect(alternates('train').length).toBeGreaterThan(0);
    expect(alternates('val', 'style', 'combo')).toEqual([]);
  });

  it('has a noun either in original colors or recolored', () => {
    for (const { things } of [...scenes.values()].flat())
      for (const { noun, color } of things)
        for (const other of things) if (other.noun === noun) expect(!!other.color).toBe(!!color);
  });

  it('has its boxes within the picture, with little overlap', () => {
    for (const { things } of [...scenes.values()].flat()) {
      expect(things.length).toBeGreaterThan(0);
      for (const [i, { box }] of things.entries()) {
        expect(Math.min(...box)).toBeGreaterThanOrEqual(0);
        expect(Math.max(box[0] + box[2], box[1] + box[3])).toBeLessThanOrEqual(64);
        for (const other of things.slice(i + 1)) expect(overlap(box, other.box)).toBeLessThan(0.13);
      }
    }
  });

  it('refuses to be written when a held-out style or pair is in it', () => {
    const [thing] = scenes.get('train')?.[0].things ?? [];
    expect(() => refuseHeldOut({ things: [thing] })).not.toThrow();
    expect(() => refuseHeldOut({ things: [{ ...thing, style: 'twemoji' }] })).toThrow(/held-out/);
    const dog = { ...thing, noun: NOUNS[0], color: 'red' as const };
    expect(() => refuseHeldOut({ things: [dog] })).toThrow('held-out red dog');
  });
});

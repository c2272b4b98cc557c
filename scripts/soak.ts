import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Detections, Glip } from '@glip-wgpu/glip-core';
import { type Device, DeviceError, openDevice } from '@glip-wgpu/tensor-wgpu';

const WORDS = ['dog', 'cat', 'apple', 'car', 'tree', 'house', 'ball', 'cup', 'fish', 'star', 'bird', 'boat'];
const COLORS = ['red', 'green', 'blue', 'yellow', 'small', 'large', 'old', 'new'];
const ROUNDS = 6; // of calls in the life of a model
const TOGETHER = 4; // calls
const OWN = 4; // each fourth model has a device of its own
const MAX_GROWTH = 1.15; // of the process's memory, at its lowest in the last and in the second quarter of all lives
const MIN_LIVES = 80; // to judge it
const MAX_MAPPINGS = 40_000; // Linux allows a process 65,530, and lavapipe crashes beyond that
const REFERENCE = { image: picture(96, 80, 1), prompt: { categories: ['dog', 'red apple'] } };

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Uses models as a long-lived program does: concurrent detections of hundreds of sizes and prompts, aborts, models
 * disposed and reloaded in the middle of calls, all on one device or on devices of their own. Every result that can be
 * compared must be the same bits, every rejection a typed one, a disposed model must leave nothing on the device, its
 * own devices must be collected, and the process's memory and its mappings must stay bounded.
 * `npm run soak [-- --minutes 20] [--seed 1]`
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
  });
  const end = performance.now() + 60_000 * Number(values.minutes);
  const random = randomNumbers(Number(values.seed));
  const device = await openDevice();
  const first = await Glip.load(emojiTiny, { device });
  const expected = await reference(first);
  first.dispose();
  device.trim();
  const soak = new Soak(device, random, expected);
  const resident: number[] = [];
  let mappings = 0;
  let said = performance.now();
  while (performance.now() < end || soak.lives < 2) {
    await soak.life();
    collectGarbage();
    resident.push(process.memoryUsage.rss());
    mappings = Math.max(mappings, countMappings());
    if (performance.now() - said < 30_000) continue;
    said = performance.now();
    console.log(soak.summary(resident.at(-1) ?? 0));
  }
  device.dispose();
  console.log(soak.summary(resident.at(-1) ?? 0));
  const quarter = Math.floor(resident.length / 4);
  const growth = Math.min(...resident.slice(-quarter)) / Math.min(...resident.slice(quarter, 2 * quarter));
  const problems = [...soak.problems];
  console.log(`${mappings} mappings of memory at most`);
  const kept = await soak.devicesInMemory();
  if (kept > 0) problems.push(`${kept} devices of models that were disposed or reloaded are still in memory`);
  if (resident.length >= MIN_LIVES && growth > MAX_GROWTH) {
    problems.push(`the process grew to ${growth.toFixed(2)} times its memory`);
  }
  if (mappings > MAX_MAPPINGS) problems.push(`the process had ${mappings} mappings of memory`);
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? 'soak: nothing wrong' : `soak: ${problems.length} wrong`);
  return problems.length === 0 ? 0 : 1;
}

class Soak {
  readonly problems: string[] = [];
  readonly #device: Device;
  readonly #random: () => number;
  readonly #expected: string;
  readonly #empty: { readonly live: number; readonly allocated: number };
  readonly #counts = { detections: 0, aborted: 0, disposed: 0, reloads: 0 };
  readonly #shapes = new Set<string>();
  /** Devices that models opened for themselves, at loading and by a reload. */
  readonly #devices: WeakRef<Device>[] = [];
  lives = 0;

  constructor(device: Device, random: () => number, expected: string) {
    this.#device = device;
    this.#random = random;
    this.#expected = expected;
    this.#empty = this.#memory();
  }

  /** Loads a model, uses it, and disposes it, at times in the middle of calls. */
  async life(): Promise<void> {
    this.lives += 1;
    const own = this.lives % OWN === 0;
    const glip = await Glip.load(emojiTiny, own ? {} : { device: this.#device });
    if (own) this.#devices.push(new WeakRef(glip.device));
    for (let round = 0; round < ROUNDS; round++) {
      const calls = Array.from({ length: TOGETHER }, () => this.#call(glip));
      if (own && round === ROUNDS >> 1) {
        this.#counts.reloads += 1;
        await Promise.all([glip.reload(), glip.reload()]);
        this.#devices.push(new WeakRef(glip.device));
      }
      if (round === ROUNDS - 1 && this.#random() < 0.5) glip.dispose();
      await Promise.all(calls);
    }
    glip.dispose();
    const isEmpty = ({ live, allocated }: { live: number; allocated: number }): boolean =>
      live === this.#empty.live && allocated === this.#empty.allocated;
    // The transfers of aborted calls end in the background.
    for (let i = 0; i < 100 && !isEmpty(this.#memory()); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const left = this.#memory();
    if (!isEmpty(left)) {
      this.problems.push(`life ${this.lives} left ${JSON.stringify(left)} of ${JSON.stringify(this.#empty)}`);
    }
  }

  /** Devices of disposed and reloaded models that garbage collection does not take. */
  async devicesInMemory(): Promise<number> {
    const kept = (): number => this.#devices.filter((device) => device.deref()).length;
    for (let i = 0; i < 100 && kept() > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      collectGarbage();
    }
    return kept();
  }

  async #call(glip: Glip): Promise<void> {
    const kind = this.#random();
    const controller = new AbortController();
    const aborted = kind < 0.2;
    if (aborted) setTimeout(() => controller.abort(), 60 * this.#random());
    const { signal } = controller;
    try {
      if (kind > 0.7) {
        const found = await reference(glip);
        if (found !== this.#expected) this.problems.push(`life ${this.lives}: other numbers`);
      } else {
        const [width, height] = [this.#below(96) + 32, this.#below(96) + 32];
        const prompt = { categories: this.#names() };
        this.#shapes.add(`${width} x ${height}, ${prompt.categories}`);
        await glip.detect(picture(width, height, this.#below(100)), prompt, { signal });
      }
      this.#counts.detections += 1;
    } catch (error) {
      if (aborted && (error as Error).name === 'AbortError') this.#counts.aborted += 1;
      else if (error instanceof DeviceError && error.reason === 'disposed') this.#counts.disposed += 1;
      else this.problems.push(`life ${this.lives}: ${error}`);
    }
  }

  #names(): string[] {
    const count = this.#random() < 0.1 ? 60 : 1 + this.#below(5); // 60 take several passes
    return Array.from({ length: count }, () => `${COLORS[this.#below(8)]} ${WORDS[this.#below(12)]}`);
  }

  #below(limit: number): number {
    return Math.floor(limit * this.#random());
  }

  #memory(): { live: number; allocated: number } {
    this.#device.trim();
    const { live, allocated } = this.#device.memory;
    return { live, allocated };
  }

  summary(resident: number): string {
    const { detections, aborted, disposed, reloads } = this.#counts;
    return `${this.lives} models, ${detections} detections of ${this.#shapes.size} sizes and prompts, ${aborted} aborted, ${disposed} disposed on their way, ${reloads} reloads, ${(resident / 1e6).toFixed(0)} MB`;
  }
}

async function reference(glip: Glip): Promise<string> {
  const found: Detections = await glip.detect(REFERENCE.image, REFERENCE.prompt, { threshold: 0 });
  return JSON.stringify(found);
}

/** Pieces of memory that the process maps, on Linux. */
function countMappings(): number {
  return existsSync('/proc/self/maps') ? readFileSync('/proc/self/maps', 'utf8').split('\n').length - 1 : 0;
}

function picture(width: number, height: number, seed: number) {
  const next = randomNumbers(seed);
  const data = Uint8Array.from({ length: 3 * width * height }, () => 256 * next());
  return { data, width, height, channels: 3 } as const;
}

/** Numbers from 0 up to 1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

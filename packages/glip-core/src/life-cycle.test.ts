import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import type { Detections } from './detect/grounding.ts';
import { Glip } from './glip.ts';
import { scene } from './testing/scene.ts';

const PROMPT = { categories: ['dog', 'green car', 'yellow duck'] };
const OPTIONS = { threshold: 0 } as const;
/** Takes several passes. */
const LONG = { categories: Array.from({ length: 90 }, (_, i) => `thing number ${i}`) };
const DISPOSED = { name: 'DeviceError', reason: 'disposed' };
const image = scene(96, 80, 5);
const numbers = (found: Detections): number[] => found.flatMap(({ box, score }) => [...box, score]);

Object.assign(globalThis, globals);
const dawn = create([]); // kept: Dawn aborts when it is collected

/** WebGPU that knows which of its devices still live. */
function countingGpu() {
  const live = new Set<GPUDevice>();
  const gpu = {
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = (await dawn.requestAdapter(options)) as GPUAdapter;
      const request = adapter.requestDevice.bind(adapter);
      adapter.requestDevice = async (descriptor) => {
        const device = await request(descriptor);
        live.add(device);
        void device.lost.then(() => live.delete(device));
        return device;
      };
      return adapter;
    },
  } as GPU;
  return { gpu, live };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 50));

describe('on a device that was given', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice();
  });
  afterAll(() => device.dispose());

  it('a model that was loaded, used and disposed leaves nothing', async () => {
    const memory = () => ({ live: device.memory.live, allocated: device.memory.allocated });
    device.trim();
    const before = memory();
    const glip = await Glip.load(emojiTiny, { device });
    await glip.detect(image, PROMPT);
    await glip.detect(image, LONG);
    glip.dispose();
    expect(memory()).toEqual(before);

    const reloaded = await Glip.load(emojiTiny, { device });
    await reloaded.detect(image, PROMPT);
    await reloaded.reload();
    expect(reloaded.device).not.toBe(device);
    expect(memory()).toEqual(before);
    reloaded.dispose();
  });

  it('every call of a disposed model rejects, and the next model finds what it should', async () => {
    const glip = await Glip.load(emojiTiny, { device });
    const expected = numbers(await glip.detect(image, PROMPT, OPTIONS));
    glip.dispose();
    using second = await Glip.load(emojiTiny, { device });
    const calls = [
      () => glip.detect(image, PROMPT),
      () => glip.detect([image], PROMPT),
      () => glip.ground(image, PROMPT),
      () => glip.detectVideo([image] as never, PROMPT).next(),
      () => glip.tune({ imageSize: [96, 96], tokens: 9, phrases: 3 }),
      () => glip.reload(),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(DISPOSED);
    expect(numbers(await second.detect(image, PROMPT, OPTIONS))).toEqual(expected);
    await expect(glip.detect(image, PROMPT)).rejects.toMatchObject(DISPOSED);
    glip.dispose();
  });

  it('a model that is disposed between the passes of a prompt, or while it waits, rejects', async () => {
    const glip = await Glip.load(emojiTiny, { device });
    let passes = 0;
    const onFound = (): void => {
      passes += 1;
      glip.dispose();
    };
    await expect(glip.detect(image, LONG, { onFound })).rejects.toMatchObject(DISPOSED);
    expect(passes).toBe(1);

    const other = await Glip.load(emojiTiny, { device });
    const waiting = other.detect(image, PROMPT);
    await settled();
    other.dispose();
    await expect(waiting).rejects.toMatchObject(DISPOSED);
  });
});

describe('reloads', () => {
  it('at the same time are one, whose detections are bit for bit those from before', async () => {
    const { gpu, live } = countingGpu();
    const glip = await Glip.load(emojiTiny, { gpu });
    const before = numbers(await glip.detect(image, PROMPT, OPTIONS));
    glip.device.dispose();
    const retry = async (): Promise<Detections> => {
      await expect(glip.detect(image, PROMPT, OPTIONS)).rejects.toMatchObject({ name: 'DeviceError' });
      await glip.reload();
      return glip.detect(image, PROMPT, OPTIONS);
    };
    const found = await Promise.all(Array.from({ length: 6 }, retry));
    for (const one of found) expect(numbers(one)).toEqual(before);
    expect(live.size).toBe(1);
    glip.dispose();
    await settled();
    expect(live.size).toBe(0);
  });

  it('that a dispose overtakes leave no device and do not revive the model', async () => {
    for (const when of ['at once', 'in a moment', 'while weights are read'] as const) {
      const { gpu, live } = countingGpu();
      let dispose = (): void => {};
      const glip = await Glip.load(emojiTiny, { gpu, onRead: () => dispose() });
      const reload = expect(glip.reload()).rejects.toMatchObject(DISPOSED);
      if (when === 'in a moment') await Promise.resolve();
      if (when === 'while weights are read') dispose = () => glip.dispose();
      else glip.dispose();
      await reload;
      await settled();
      expect(live.size).toBe(0);
      await expect(glip.detect(image, PROMPT)).rejects.toMatchObject(DISPOSED);
      await expect(glip.reload()).rejects.toMatchObject(DISPOSED);
    }
  });

  it('are waited for by detections that begin meanwhile', async () => {
    using glip = await Glip.load(emojiTiny);
    const reload = glip.reload();
    expect((await glip.detect(image, PROMPT, OPTIONS)).length).toBeGreaterThan(0);
    await reload;
  });

  it('ignore the signal that the first load had', async () => {
    const controller = new AbortController();
    using glip = await Glip.load(emojiTiny, { signal: controller.signal });
    controller.abort();
    await glip.reload();
    expect((await glip.detect(image, PROMPT, OPTIONS)).length).toBeGreaterThan(0);
  });
});

it('a load that is aborted on its way leaves no device', async () => {
  const { gpu, live } = countingGpu();
  const controller = new AbortController();
  const loading = Glip.load(emojiTiny, {
    gpu,
    signal: controller.signal,
    onRead: () => controller.abort(),
  });
  await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
  await settled();
  expect(live.size).toBe(0);
});

describe('memory of a long-lived program', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;

  async function areCollected(objects: readonly WeakRef<object>[]): Promise<boolean> {
    for (let i = 0; i < 100 && objects.some((one) => one.deref()); i++) {
      await settled();
      collectGarbage();
    }
    return objects.every((one) => !one.deref());
  }

  async function used(options: { readonly device?: Device } = {}): Promise<Glip> {
    const glip = await Glip.load(emojiTiny, options);
    await glip.detect(image, PROMPT);
    return glip;
  }

  it('keeps nothing of a disposed model and of its device', async () => {
    const objects = await (async () => {
      using glip = await used();
      return [new WeakRef(glip), new WeakRef(glip.device)];
    })();
    expect(await areCollected(objects)).toBe(true);
  });

  it('keeps nothing of a device that was lost, once the model is loaded again', async () => {
    using glip = await used();
    const lost = await (async () => {
      const { device } = glip;
      device.gpu.destroy();
      await device.lost;
      return new WeakRef(device);
    })();
    await glip.reload();
    await glip.detect(image, PROMPT);
    expect(await areCollected([lost])).toBe(true);
  });

  it('keeps nothing of a disposed model on a device that goes on', async () => {
    using device = await openDevice();
    const model = await (async () => {
      using glip = await used({ device });
      return new WeakRef(glip);
    })();
    expect(await areCollected([model])).toBe(true);
  });
});

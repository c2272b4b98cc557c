import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip } from '@glip-wgpu/glip-core';
import { openDevice, parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import type { BenchCase, Context, WallWork } from './bench-case.ts';

const MEBIBYTES = 64;
const BYTES = MEBIBYTES * 2 ** 20;

/** Time to the first detection: opening, reading, uploading, compiling. */
export function loadSuite(): BenchCase[] {
  return [
    loadCase('device', 'open and close', async () => ({
      once: async () => (await openDevice()).dispose(),
    })),
    loadCase('emoji-tiny', 'parse', async ({ readFile }) => {
      const bytes = await readFile(emojiTiny.weights);
      return {
        bytes: bytes.length,
        async once() {
          const file = parseSafetensors(bytes);
          for (const name of file.names) if (file.info(name).dtype.startsWith('F')) file.f32(name);
        },
      };
    }),
    loadCase('emoji-tiny', 'read, parse and upload', async ({ device }) => ({
      async once() {
        const glip = await Glip.load(emojiTiny, { device });
        await device.finish();
        glip.dispose();
      },
    })),
    loadCase('emoji-tiny', 'load, compile and detect on a fresh device', async () => ({
      async once() {
        using glip = await Glip.load(emojiTiny);
        const data = new Uint8Array(3 * 64 * 64).fill(90);
        await glip.detect({ data, width: 64, height: 64, channels: 3 }, { categories: ['dog', 'red car'] });
      },
    })),
    loadCase('transfer', `${MEBIBYTES} MiB to the GPU`, async ({ device }) => {
      const data = new Float32Array(BYTES / 4).fill(1);
      const tensor = device.empty([data.length]);
      return {
        bytes: BYTES,
        async once() {
          device.upload(tensor, data);
          await device.finish();
        },
        [Symbol.dispose]: () => tensor.dispose(),
      };
    }),
    loadCase('transfer', `${MEBIBYTES} MiB from the GPU`, async ({ device }) => {
      const tensor = device.tensor(new Float32Array(BYTES / 4).fill(1), [BYTES / 4]);
      return {
        bytes: BYTES,
        once: async () => void (await device.read([tensor])),
        [Symbol.dispose]: () => tensor.dispose(),
      };
    }),
  ];
}

type Loading = Pick<WallWork, 'once' | 'bytes'> & Partial<Disposable>;

function loadCase(subject: string, name: string, prepare: (context: Context) => Promise<Loading>): BenchCase {
  return {
    suite: 'load',
    subject,
    name,
    quick: true,
    async prepare(context) {
      return { kind: 'wall', [Symbol.dispose]() {}, ...(await prepare(context)) };
    },
  };
}

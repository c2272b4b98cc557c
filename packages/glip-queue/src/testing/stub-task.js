import { createHash } from 'node:crypto';

/**
 * A model that is a pure function of a picture's bytes. Pictures that contain `KILL` kill the process, `THROW` make it throw,
 * `BAD` cannot be used.
 *
 * @param {{ ItemError: new (message: string) => Error }} errors
 * @param {{ model?: string, waitMs?: number }} options
 */
export function stubTask({ ItemError }, { model = 'stub', waitMs = 0 } = {}) {
  return {
    settings: { task: 'stub', model },
    /** @param {{ name: string, bytes(): Promise<Uint8Array>, caption(): Promise<string | undefined> }} item */
    async row(item) {
      const bytes = Buffer.from(await item.bytes());
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (bytes.includes('KILL')) process.kill(process.pid, 'SIGKILL');
      if (bytes.includes('THROW')) throw new Error('the stub fails on it');
      if (bytes.includes('BAD')) throw new ItemError(`${item.name}: no picture`);
      const digest = createHash('sha256').update(bytes).digest();
      const boxes = Array.from({ length: digest[0] % 4 }, (_, i) => ({
        label: `thing ${digest[i + 1] % 8}`,
        box: [digest[i + 4] / 7, digest[i + 8] / 3, digest[i + 12], digest[i + 16]],
        score: digest.readUInt32LE(i) / 2 ** 32,
      }));
      return { boxes, caption: await item.caption() };
    },
  };
}

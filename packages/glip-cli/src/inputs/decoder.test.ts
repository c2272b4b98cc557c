import sharp from 'sharp';
import { expect, it } from 'vitest';
import { Decoder } from './decoder.ts';

const background = { r: 200, g: 100, b: 50 };
const bytes = await sharp({ create: { width: 16, height: 8, channels: 3, background } })
  .png()
  .toBuffer();

it('a decoder that hangs is ended in time, and the next picture is read', async () => {
  const decoder = new Decoder();
  await decoder.decode(bytes, 1e6);
  process.kill(decoder.pid as number, 'SIGSTOP');
  await expect(decoder.decode(bytes, 1e6, 200)).rejects.toThrow('decoding took longer than 0 s');
  expect(await decoder.decode(bytes, 1e6)).toMatchObject({ width: 16, height: 8 });
  process.kill(decoder.pid as number, 'SIGKILL');
  await expect(decoder.decode(bytes, 1e6)).rejects.toThrow('the decoder crashed on it');
  expect(await decoder.decode(bytes, 1e6)).toMatchObject({ width: 16, height: 8 });
  decoder.dispose();
});

it('a picture is never given to a decoder that has ended, even before its exit is reported', async () => {
  const decoder = new Decoder();
  await decoder.decode(bytes, 1e6);
  process.kill(decoder.pid as number, 'SIGKILL');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200); // it ends while this thread waits
  await expect(decoder.decode(bytes, 1e6)).rejects.toThrow('the decoder crashed on it');
  expect(await decoder.decode(bytes, 1e6)).toMatchObject({ width: 16, height: 8 });
  decoder.dispose();
});

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RawImage } from '@glip-wgpu/glip-core';
import { PictureError } from './input-error.ts';

const BASE_LIMIT_MS = 30_000;
const LIMIT_MS_PER_MEGABYTE = 1_000;

interface Answer {
  readonly id: number;
  readonly image?: RawImage;
  readonly refused?: string;
}

/** Process that decodes pictures; it is killed and restarted if it takes too long. */
export class Decoder {
  #child: ChildProcess | undefined;
  #count = 0;

  /** State of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Pixels of an encoded picture, 8 bits, sRGB, without alpha.
   *
   * @param limitMs  time limit; by default 30 s plus one second per megabyte
   * @throws PictureError for bytes that cannot be decoded, or not in time
   */
  decode(bytes: Uint8Array, maxPixels: number, limitMs?: number): Promise<RawImage> {
    const limit = limitMs ?? BASE_LIMIT_MS + (bytes.length / 1e6) * LIMIT_MS_PER_MEGABYTE;
    const child = this.#start();
    const id = ++this.#count;
    return new Promise<RawImage>((resolve, reject) => {
      const onAnswer = (answer: Answer): void => {
        if (answer.id !== id) return;
        settle();
        if (answer.image) resolve(answer.image);
        else reject(new PictureError(answer.refused));
      };
      const onEnd = (): void => {
        if (this.#child === child) this.#child = undefined; // a message may fail before the exit is reported
        settle();
        reject(new PictureError('the decoder crashed on it; convert it to PNG with another program'));
      };
      const timer = setTimeout(() => {
        settle();
        this.dispose();
        const seconds = Math.round(limit / 1000);
        reject(
          new PictureError(`decoding took longer than ${seconds} s; convert it to PNG with another program`),
        );
      }, limit);
      const settle = (): void => {
        clearTimeout(timer);
        child.off('message', onAnswer).off('exit', onEnd).off('error', onEnd);
        if (child.listenerCount('message') === 0) rest(child);
      };
      child.on('message', onAnswer).once('exit', onEnd).once('error', onEnd);
      child.ref();
      child.channel?.ref();
      child.send({ id, bytes, maxPixels }, (error) => error && onEnd());
    });
  }

  dispose(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #start(): ChildProcess {
    if (this.#child) return this.#child;
    const program = fileURLToPath(new URL('./decode-process.js', import.meta.url));
    const child = fork(program, {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.setMaxListeners(0); // three for each picture in progress
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    this.#child = child;
    return child;
  }
}

/** An idle decoder does not keep the program running. */
function rest(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
}

/** The decoder of this program. */
export const decoder = new Decoder();

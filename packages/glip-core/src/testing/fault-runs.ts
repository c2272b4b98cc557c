import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { DeviceError } from '@glip-wgpu/tensor-wgpu';
import { type Fault, FaultyGpu, isReportedLate } from '@glip-wgpu/tensor-wgpu/testing';
import type { Detections } from '../detect/grounding.ts';
import { Glip } from '../glip.ts';
import { scene } from './scene.ts';

const PROMPT = { categories: ['dog', 'green car'] };
const IMAGE = scene(64, 64, 5);

/** Repeated detections on a GPU that fails at a chosen call. */
export class FaultRuns {
  readonly #gpu: FaultyGpu;
  readonly #glip: Glip;
  readonly #expected: string;
  /** GPU calls of the first detection of a model, and of later ones. */
  readonly calls: Readonly<Record<'cold' | 'warm', number>>;

  private constructor(gpu: FaultyGpu, glip: Glip, expected: string, calls: FaultRuns['calls']) {
    this.#gpu = gpu;
    this.#glip = glip;
    this.#expected = expected;
    this.calls = calls;
  }

  /** @param dawn  the real GPU */
  static async open(dawn: GPU): Promise<FaultRuns> {
    const gpu = new FaultyGpu(dawn);
    const glip = await Glip.load(emojiTiny, { gpu: gpu.gpu });
    const count = async (): Promise<readonly [calls: number, found: string]> => {
      const before = gpu.calls;
      const found = await glip.detect(IMAGE, PROMPT, { threshold: 0 });
      return [gpu.calls - before, bits(found)];
    };
    const [cold, expected] = await count();
    const [warm] = await count();
    return new FaultRuns(gpu, glip, expected, { cold, warm });
  }

  /**
   * Makes call `at` of a detection fail, then reloads.
   *
   * @returns undefined on success, else a sentence: the detection gave numbers, an error other than DeviceError or
   *   nothing within `limitMs`, or the detection after the reload gave different bits
   */
  async run(start: 'cold' | 'warm', fault: Fault, at: number, limitMs: number): Promise<string | undefined> {
    const glip = this.#glip;
    const where = (): string => `${start}, ${fault} at call ${at} (${this.#gpu.failed ?? 'not reached'})`;
    if (start === 'warm') await glip.detect(IMAGE, PROMPT);
    this.#gpu.failAt(fault, at);
    const outcome = await within(limitMs, glip.detect(IMAGE, PROMPT, { threshold: 0 }));
    const reached = this.#gpu.failed !== undefined;
    if (outcome === 'late') return `${where()}: nothing within ${limitMs} ms`;
    if (outcome instanceof Error) {
      if (!(outcome instanceof DeviceError)) return `${where()}: ${outcome.name}: ${outcome.message}`;
      const next = await within(limitMs, glip.detect(IMAGE, PROMPT));
      if (!(next instanceof DeviceError)) return `${where()}: the call after it did not reject`;
    } else if (reached && !(isReportedLate(fault) && this.#afterTransfer())) {
      return `${where()}: gave numbers`;
    } else if (bits(outcome) !== this.#expected) {
      return `${where()}: gave other numbers`;
    }
    await glip.reload();
    const found = bits(await glip.detect(IMAGE, PROMPT, { threshold: 0 }));
    return found === this.#expected ? undefined : `${where()}: other numbers after the reload`;
  }

  /** True if the failed call came after the results had been transferred. */
  #afterTransfer(): boolean {
    return this.#gpu.failed === 'getMappedRange';
  }

  dispose(): void {
    this.#glip.dispose();
    this.#gpu.dispose();
  }
}

function bits(found: Detections): string {
  return JSON.stringify(found);
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T | Error | 'late'> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), limitMs);
  });
  try {
    return await Promise.race([work, late]).catch((error: Error) => error);
  } finally {
    clearTimeout(timer);
  }
}

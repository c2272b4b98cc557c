import { type Network, PROMPT_ROWS, type TowerState } from '@glip-wgpu/glip-core/network';
import {
  type Captured,
  capture,
  concat,
  type Device,
  keep,
  scope,
  type Tensor,
} from '@glip-wgpu/tensor-wgpu';
import type { MicroBatch } from '../data/training-batch.ts';
import type { FrozenOutputs } from './phase-losses.ts';
import type { PhasePlan, TrainingPlan } from './training-plan.ts';

/** Parts of the network that a phase does not train, so that their outputs never change. */
export interface FrozenParts {
  /** Image encoder and feature pyramid. */
  readonly image: boolean;
  readonly text: boolean;
  /** All of it up to the layers after the tower. */
  readonly tower: boolean;
}

type Kept = readonly Tensor[];

/**
 * The parts that a phase does not train; undefined if it trains both encoders. The tower counts only without regularization,
 * since the original keeps dropout in a frozen tower, and without losses that look at its inputs.
 *
 * @param trained  names of all parameters that it trains
 */
export function frozenParts(
  trained: Iterable<string>,
  { regularization }: TrainingPlan,
  { losses: { pyramid, fusion } }: PhasePlan,
): FrozenParts | undefined {
  const names = [...trained];
  const isFrozen = (...starts: string[]): boolean =>
    !names.some((name) => starts.some((start) => name.startsWith(start)));
  const image = isFrozen('backbone.');
  const text = isFrozen('language_backbone.');
  const alone = !regularization && pyramid === 0 && fusion === 0;
  const tower = image && text && alone && isFrozen('rpn.head.dyhead_tower.', PROMPT_ROWS);
  return image || text ? { image, text, tower } : undefined;
}

/**
 * Outputs of frozen parts, computed once for each image and text as long as they fit into `maxBytes` of GPU memory, the
 * least recently used ones going first. Each is computed by itself, so that no result depends on what is kept or on the
 * other images of a batch. Regularization is off in them, as the original's frozen modules are in evaluation mode.
 */
export class FrozenFeatures implements Disposable {
  readonly #device: Device;
  readonly #parts: FrozenParts;
  readonly #maxBytes: number;
  readonly #encodeImage: Run<[image: Tensor], Kept>;
  readonly #encodeText: Run<[ids: Tensor, mask: Tensor], Kept>;
  readonly #fuse: Run<[levels: Kept, hidden: Tensor, mask: Tensor], Kept>;
  readonly #captures: Disposable[] = [];
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  /** @param captured  records the encoders' passes; the same bits without */
  constructor(
    {
      device,
      network,
      captured,
    }: { readonly device: Device; readonly network: Network; readonly captured: boolean },
    parts: FrozenParts,
    maxBytes: number,
  ) {
    this.#device = device;
    this.#parts = parts;
    this.#maxBytes = maxBytes;
    const prepared = <A extends readonly unknown[]>(body: Run<A, Kept>): Run<A, Kept> => {
      if (!captured) return (...inputs) => scope(() => body(...inputs));
      const recorded: Captured<A, Kept> = capture(device, body);
      this.#captures.push(recorded);
      return recorded;
    };
    this.#encodeImage = prepared((image) => network.encodeImage(image));
    this.#encodeText = prepared((ids, mask) => [network.encodeText(ids, mask)]);
    this.#fuse = prepared((levels, hidden, mask) => {
      const state = network.fuse(levels, { hidden, mask });
      return [...state.levels, state.text];
    });
  }

  /** The frozen parts' outputs for a part of a batch, to be used within the caller's scope. */
  of(part: MicroBatch): FrozenOutputs {
    this.#forget();
    const samples = Array.from({ length: part.shape[0] }, (_, i) => this.#sample(part, i));
    const stacked = (of: (sample: Sample) => Kept): Tensor[] => {
      const lists = samples.map(of);
      return lists[0].map((first, n) =>
        lists.length === 1
          ? first
          : concat(
              lists.map((list) => list[n]),
              0,
            ),
      );
    };
    if (this.#parts.tower) {
      const outputs = stacked((sample) => sample.tower());
      const tower: TowerState = { levels: outputs.slice(0, -1), text: outputs[outputs.length - 1] };
      return { tower };
    }
    return {
      ...(this.#parts.image && { levels: stacked((sample) => sample.levels()) }),
      ...(this.#parts.text && { hidden: stacked((sample) => sample.hidden())[0] }),
    };
  }

  /** One image and text of a part. */
  #sample({ pixels, shape: [, height, width], ids, mask, targets }: MicroBatch, i: number): Sample {
    const size = height * width * 4;
    const { tokens } = targets;
    const ofImage = pixels.subarray(i * size, (i + 1) * size);
    const ofText = [ids, mask].map((all) => all.slice(i * tokens, (i + 1) * tokens));
    const imageKey = `image ${height} ${width} ${hashOf(ofImage)}`;
    const textKey = `text ${ofText.map(String)}`;
    const maskOf = (): Tensor => this.#device.tensor(ofText[1], [1, tokens]);
    const levels = (): Kept =>
      this.#once(imageKey, () => this.#encodeImage(this.#device.tensor(ofImage, [1, height, width, 4])));
    const hidden = (): Kept =>
      this.#once(textKey, () => this.#encodeText(this.#device.tensor(ofText[0], [1, tokens]), maskOf()));
    const tower = (): Kept =>
      this.#once(`${imageKey} ${textKey}`, () => this.#fuse(levels(), hidden()[0], maskOf()));
    return { levels, hidden, tower };
  }

  #once(key: string, compute: () => Kept): Kept {
    const known = this.#kept.get(key);
    this.#kept.delete(key);
    const outputs = known ?? scope(() => compute().map(keep));
    this.#kept.set(key, outputs);
    if (!known) this.#bytes += bytesOf(outputs);
    return outputs;
  }

  /** Before a batch, so that a batch never loses its own. */
  #forget(): void {
    for (const [oldest, outputs] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      this.#bytes -= bytesOf(outputs);
      for (const tensor of outputs) tensor.dispose();
    }
  }

  dispose(): void {
    for (const recorded of this.#captures) recorded[Symbol.dispose]();
    for (const outputs of this.#kept.values()) for (const tensor of outputs) tensor.dispose();
    this.#kept.clear();
    this.#bytes = 0;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

type Run<A extends readonly unknown[], T> = (...inputs: A) => T;

/** Outputs of one image and text, computed when they are asked for. */
interface Sample {
  levels(): Kept;
  hidden(): Kept;
  tower(): Kept;
}

function bytesOf(outputs: Kept): number {
  return outputs.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** 128 bits of an image's pixels, far more than any collection of images needs. */
function hashOf(pixels: Float32Array): string {
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, pixels.length);
  let [a, b, c, d] = [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344];
  for (const word of words) {
    a = Math.imul((a << 5) ^ (a >>> 27) ^ word, 0x9e3779b1);
    b = Math.imul((b << 9) ^ (b >>> 23) ^ word, 0x85ebca77);
    c = Math.imul((c << 13) ^ (c >>> 19) ^ word, 0xc2b2ae3d);
    d = Math.imul((d << 17) ^ (d >>> 15) ^ word, 0x27d4eb2f);
  }
  return [a, b, c, d].map((word) => (word >>> 0).toString(16)).join('.');
}

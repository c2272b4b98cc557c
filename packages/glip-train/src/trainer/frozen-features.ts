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
import type { HostTensor, StoredFeatures } from './feature-store.ts';
import { type FrozenSample, samplesOf } from './frozen-sample.ts';
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

interface Entry {
  readonly outputs: Kept;
  /** True if it goes to the store when it leaves the GPU. */
  stored: boolean;
}

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
 * least recently used ones going first, to the store if there is one. Each is computed by itself, so that no result depends on
 * what is kept or on the other images of a batch. Regularization is off in them, as the original's frozen modules are in
 * evaluation mode.
 */
export class FrozenFeatures implements Disposable {
  readonly #device: Device;
  readonly #parts: FrozenParts;
  readonly #maxBytes: number;
  readonly #encodeImage: Run<[image: Tensor], Kept>;
  readonly #encodeText: Run<[ids: Tensor, mask: Tensor], Kept>;
  readonly #fuse: Run<[levels: Kept, hidden: Tensor, mask: Tensor], Kept>;
  readonly #captures: Disposable[] = [];
  readonly #kept = new Map<string, Entry>();
  #bytes = 0;
  readonly #store: StoredFeatures | undefined;
  /** Samples of the current batch whose features were looked up. */
  readonly #samples = new Map<MicroBatch, readonly FrozenSample[]>();
  /** Contents of the store for the current batch. */
  readonly #loaded = new Map<string, readonly HostTensor[]>();

  /** @param captured  records the encoders' passes; the same bits without */
  constructor(
    {
      device,
      network,
      captured,
    }: { readonly device: Device; readonly network: Network; readonly captured: boolean },
    parts: FrozenParts,
    { maxBytes, store }: { readonly maxBytes: number; readonly store: StoredFeatures | undefined },
  ) {
    this.#device = device;
    this.#parts = parts;
    this.#maxBytes = maxBytes;
    this.#store = store;
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

  /** Reads from the store what the GPU lacks of a batch, before `of` is asked for its parts. */
  async load(parts: readonly MicroBatch[]): Promise<void> {
    const store = this.#store;
    if (!store) return;
    await store.written();
    this.#loaded.clear();
    this.#samples.clear();
    for (const part of parts) this.#samples.set(part, samplesOf(part));
    const { tower, image } = this.#parts;
    const load = async ({ names }: FrozenSample): Promise<void> => {
      for (const name of [...(tower ? [names.both] : []), ...(image ? [names.image] : [])]) {
        if (this.#kept.has(name) || this.#loaded.has(name)) return;
        const found = await store.read(name);
        if (!found) continue;
        this.#loaded.set(name, found);
        return;
      }
    };
    await Promise.all([...this.#samples.values()].flat().map(load));
  }

  /** The frozen parts' outputs for a part of a batch, to be used within the caller's scope. */
  of(part: MicroBatch): FrozenOutputs {
    this.#forget();
    const samples = this.#samples.get(part) ?? samplesOf(part);
    this.#samples.delete(part);
    const stacked = (of: (sample: FrozenSample) => Kept): Tensor[] => {
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
      const outputs = stacked((sample) => this.#tower(sample));
      const tower: TowerState = { levels: outputs.slice(0, -1), text: outputs[outputs.length - 1] };
      return { tower };
    }
    return {
      ...(this.#parts.image && { levels: stacked((sample) => this.#levels(sample).outputs) }),
      ...(this.#parts.text && { hidden: stacked((sample) => [this.#hidden(sample)])[0] }),
    };
  }

  #levels({ names, pixels, shape }: FrozenSample): Entry {
    return this.#once(names.image, true, () => this.#encodeImage(this.#device.tensor(pixels, shape)));
  }

  #hidden(sample: FrozenSample): Tensor {
    const { names, ids } = sample;
    const compute = (): Kept =>
      this.#encodeText(this.#device.tensor(ids, [1, ids.length]), this.#maskOf(sample));
    return this.#once(names.text, false, compute).outputs[0];
  }

  /** Goes to the store with a text that comes again, in place of its levels: texts that are drawn anew would fill it. */
  #tower(sample: FrozenSample): Kept {
    const { names } = sample;
    const recurs = this.#kept.has(names.text);
    const compute = (): Kept => {
      const levels = this.#levels(sample);
      if (recurs) levels.stored = false;
      return this.#fuse(levels.outputs, this.#hidden(sample), this.#maskOf(sample));
    };
    return this.#once(names.both, recurs, compute).outputs;
  }

  #maskOf({ mask }: FrozenSample): Tensor {
    return this.#device.tensor(mask, [1, mask.length]);
  }

  #once(key: string, stored: boolean, compute: () => Kept): Entry {
    const known = this.#kept.get(key);
    this.#kept.delete(key);
    const entry = known ?? this.#made(key, stored, compute);
    this.#kept.set(key, entry);
    if (!known) this.#bytes += bytesOf(entry.outputs);
    return entry;
  }

  #made(key: string, stored: boolean, compute: () => Kept): Entry {
    const loaded = this.#loaded.get(key);
    if (!loaded) return { outputs: scope(() => compute().map(keep)), stored };
    const upload = ({ numbers, shape }: HostTensor): Tensor => keep(this.#device.tensor(numbers, shape));
    return { outputs: scope(() => loaded.map(upload)), stored: false };
  }

  /** Before a batch, so that a batch never loses its own. */
  #forget(): void {
    for (const [oldest, { outputs, stored }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#kept.delete(oldest);
      if (stored) this.#store?.write(oldest, outputs); // copies them
      this.#bytes -= bytesOf(outputs);
      for (const tensor of outputs) tensor.dispose();
    }
  }

  dispose(): void {
    for (const recorded of this.#captures) recorded[Symbol.dispose]();
    for (const { outputs } of this.#kept.values()) for (const tensor of outputs) tensor.dispose();
    this.#kept.clear();
    this.#loaded.clear();
    this.#samples.clear();
    this.#bytes = 0;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

type Run<A extends readonly unknown[], T> = (...inputs: A) => T;

function bytesOf(outputs: Kept): number {
  return outputs.reduce((sum, { bytes }) => sum + bytes, 0);
}

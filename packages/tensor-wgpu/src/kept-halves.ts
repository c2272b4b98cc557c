import { coreOf } from './device/device.ts';
import type { Backup, Storage } from './device/memory.ts';
import { castInto } from './kernels/cast/cast.ts';
import { saturateF16 } from './kernels/saturate-f16/saturate-f16.ts';
import { unscoped } from './scope.ts';
import type { Keeping } from './tape.ts';
import { Tensor } from './tensor.ts';

const MIN_ELEMENTS = 4096; // smaller tensors are not worth two dispatches

/** The elements of a storage as f16. */
class Half implements Backup {
  readonly #storage: Storage;
  readonly #elements: Tensor;
  readonly #restored: Set<Storage>;

  /** @param restored  collects the storages that were restored */
  constructor(x: Tensor, restored: Set<Storage>) {
    this.#storage = x.storage;
    this.#restored = restored;
    this.#elements = coreOf(x.device).arena.snugly(() => unscoped(() => saturateF16(x)));
  }

  restore(): void {
    const { device, shape } = this.#elements;
    unscoped(() => {
      using x = new Tensor(device, shape, 'f32', this.#storage);
      castInto(this.#elements, x);
    });
    this.#restored.add(this.#storage);
  }

  dispose(): void {
    this.#elements.dispose();
  }
}

/** Activations that a tape keeps as f16, inside of `halfActivations`. */
export class KeptHalves implements Keeping {
  /** Storages that may be kept so, with the number of their tensors that the forward pass has released. */
  readonly #offered = new Map<Storage, number>();
  readonly #exempt = new Set<Storage>();
  readonly #halves = new Map<Storage, Half>();
  /** Storages that were restored for the backward pass. */
  readonly #restored = new Set<Storage>();

  offer({ dtype, size, storage }: Tensor): void {
    if (dtype !== 'f32' || size < MIN_ELEMENTS || this.#offered.has(storage)) return;
    this.#offered.set(storage, 0);
  }

  exempt({ storage }: Tensor): void {
    this.#exempt.add(storage);
  }

  release(x: Tensor): void {
    const { storage } = x;
    const before = this.#offered.get(storage);
    if (before === undefined) return;
    this.#offered.set(storage, before + 1);
    if (before + 1 < storage.users || this.#exempt.has(storage) || this.#halves.has(storage)) return;
    const half = new Half(x, this.#restored);
    this.#halves.set(storage, half);
    storage.evict(half);
  }

  settle(next: readonly Tensor[]): void {
    if (this.#restored.size === 0) return;
    const held = new Set(next.map(({ storage }) => storage));
    for (const storage of this.#restored) {
      if (held.has(storage)) continue;
      this.#restored.delete(storage);
      const half = this.#halves.get(storage);
      if (half && storage.users > 0) storage.evict(half);
    }
  }
}

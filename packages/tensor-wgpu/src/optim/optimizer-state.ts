import { readShared } from '../device/shared-reads.ts';
import { ShapeError } from '../errors.ts';
import { parseSafetensors } from '../safetensors/safetensors.ts';
import { collect, type StoredTensor, streamSafetensors } from '../safetensors/stream.ts';
import { storedTensor } from '../stored-tensor.ts';
import { type Shape, sameShape, type Tensor, type TypedArray } from '../tensor.ts';
import type { Bundle, Member } from './bundle.ts';

const COUNTERS = 'optimizer.steps'; // steps taken, steps skipped

interface Place {
  readonly bundle: Bundle;
  readonly member: Member;
  /** First quad of the parameter among the bundle's, and index of the kept number. */
  readonly start: number;
  readonly index: number;
}

/**
 * An optimizer's state: its counters and the numbers that it keeps for each parameter, named after it
 * (`head.weight.mean`), in the shape and order of the parameter on the GPU. Saved state is restored bit for bit.
 */
export class OptimizerState {
  /** u32 [2] on the GPU: steps taken, and steps skipped because a gradient was not finite. */
  readonly counters: Tensor;
  readonly #name: string;
  readonly #kept: readonly string[];
  readonly #places = new Map<string, Place>();

  /** Called by optimizers. */
  constructor(name: string, kept: readonly string[], counters: Tensor, bundles: readonly Bundle[]) {
    this.#name = name;
    this.#kept = kept;
    this.counters = counters;
    for (const bundle of bundles) {
      let start = 0;
      for (const member of bundle.members) {
        for (const [index, what] of kept.entries()) {
          this.#places.set(`${member.name}.${what}`, { bundle, member, start, index });
        }
        start += Math.ceil(member.parameter.size / 4);
      }
    }
  }

  /** Steps taken, and steps skipped because a gradient was not finite. */
  async steps(): Promise<{ readonly taken: number; readonly skipped: number }> {
    const [[taken, skipped]] = await this.counters.device.read([this.counters]);
    return { taken, skipped };
  }

  /** The whole state by name, read on demand: to write a file in parts with `streamSafetensors`. */
  stored(): [name: string, tensor: StoredTensor][] {
    const rest = [...this.#places].map(([name, place]): [string, StoredTensor] => [
      name,
      { dtype: 'F32', shape: place.member.parameter.shape, read: () => this.#read(place) },
    ]);
    return [[COUNTERS, storedTensor(this.counters)], ...rest];
  }

  /** The whole state as a safetensors file. */
  save(): Promise<Uint8Array> {
    return collect(streamSafetensors(this.stored()));
  }

  /** Names and shapes of the numbers kept for parameters: without the counters, which are `optimizer.steps`, u32 [2]. */
  get shapes(): ReadonlyMap<string, Shape> {
    return new Map([...this.#places].map(([name, { member }]) => [name, member.parameter.shape]));
  }

  /**
   * Restores state in place, name by name, so that one bundle of it at a time is in memory.
   *
   * @param read  the numbers of a name as `stored` gave them: f32, the counters u32
   */
  async restoreEach(read: (name: string) => Promise<Float32Array | Uint32Array>): Promise<void> {
    for (const bundle of new Set([...this.#places.values()].map((place) => place.bundle))) {
      const numbers = new Map<string, Float32Array>();
      for (const [name, place] of this.#places) {
        if (place.bundle === bundle) numbers.set(name, (await read(name)) as Float32Array);
      }
      this.#writeBundle(bundle, (name) => numbers.get(name) as Float32Array);
    }
    this.counters.device.upload(this.counters, await read(COUNTERS));
  }

  /**
   * Restores saved state in place, so that captured steps continue from it.
   *
   * @throws ShapeError that lists all that is missing, unexpected or misshapen, before anything is changed;
   *   SafetensorsError for a file that is malformed
   */
  restore(file: Uint8Array): void {
    const saved = parseSafetensors(file);
    const shapes = new Map<string, Shape>([
      [COUNTERS, [2]],
      ...[...this.#places].map(([name, { member }]): [string, Shape] => [name, member.parameter.shape]),
    ]);
    const problems = [...shapes].flatMap(([name, shape]) => {
      if (!saved.has(name)) return [`${name} is missing`];
      const { dtype, shape: found } = saved.info(name);
      const expected = name === COUNTERS ? 'U32' : 'F32';
      return sameShape(found, shape) && dtype === expected
        ? []
        : [`${name} is ${dtype} [${found}], expected ${expected} [${shape}]`];
    });
    problems.push(...saved.names.filter((name) => !shapes.has(name)).map((name) => `${name} is unexpected`));
    if (problems.length > 0)
      throw new ShapeError(`${this.#name}: cannot restore\n  ${problems.join('\n  ')}`);
    this.#write(saved.bytes);
    this.counters.device.upload(this.counters, new Uint32Array(copied(saved.bytes(COUNTERS))));
  }

  #write(bytes: (name: string) => Uint8Array): void {
    for (const bundle of new Set([...this.#places.values()].map((place) => place.bundle))) {
      this.#writeBundle(bundle, (name) => new Float32Array(copied(bytes(name))));
    }
  }

  #writeBundle(bundle: Bundle, numbersOf: (name: string) => Float32Array): void {
    const width = this.#kept.length;
    const data = new Float32Array(bundle.state.size);
    for (const [name, place] of this.#places) {
      if (place.bundle !== bundle) continue;
      const numbers = numbersOf(name);
      for (let i = 0; i < numbers.length; i++) data[indexOf(place, width, i)] = numbers[i];
    }
    bundle.state.device.upload(bundle.state, data);
  }

  /** Reads the parameter's own part of the state: a bundle may hold another one that is much larger. */
  async #read(place: Place): Promise<TypedArray> {
    const { bundle, member, start } = place;
    const { size } = member.parameter;
    const bytesPerQuad = 16 * this.#kept.length;
    const part = { start: bytesPerQuad * start, bytes: bytesPerQuad * Math.ceil(size / 4) };
    const data = await readShared({ tensor: bundle.state, ...part });
    const numbers = new Float32Array(size);
    const own = { ...place, start: 0 };
    for (let i = 0; i < numbers.length; i++) numbers[i] = data[indexOf(own, this.#kept.length, i)];
    return numbers;
  }
}

/** Index of element i of a kept number in its bundle's state, which holds quads of the kept numbers in turn. */
function indexOf({ start, index }: Place, width: number, i: number): number {
  return 4 * (width * (start + Math.floor(i / 4)) + index) + (i % 4);
}

/** A copy that begins where its buffer does, which `slice` of Node's Buffer is not. */
function copied(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

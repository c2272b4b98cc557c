import { ParameterTree, type TreeOptions } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';
import { Runtime } from '../detect/runtime.ts';
import { PROMPT_ROWS } from '../network/prompt-rows.ts';
import { type Adapter, expectBase } from './adapter.ts';
import { fingerprintOf } from './fingerprint.ts';

const MAX_KEPT = 16;

/** A model with an adapter's parameters in place of its own. */
interface Adapted {
  readonly runtime: Runtime;
  /** All that the adapter itself has on the GPU. */
  readonly trees: readonly ParameterTree[];
  users: number;
}

/**
 * The network with each adapter in use: it shares the model's tensors except those that the adapter replaces. The 16 used
 * last stay on the GPU.
 */
export class AdaptedRuntimes {
  readonly #parameters: ParameterTree;
  readonly #config: GlipConfig;
  readonly #options: TreeOptions;
  readonly #kept = new Map<Adapter, Promise<Adapted>>();
  #fingerprint: Promise<string> | undefined;
  #disposed = false;

  constructor(parameters: ParameterTree, config: GlipConfig, options: TreeOptions = {}) {
    this.#parameters = parameters;
    this.#config = config;
    this.#options = options;
  }

  /** Of the model itself. */
  get fingerprint(): Promise<string> {
    this.#fingerprint ??= fingerprintOf(this.#parameters).catch((error: unknown) => {
      this.#fingerprint = undefined; // the next call tries again
      throw error;
    });
    return this.#fingerprint;
  }

  /**
   * Runs `body` with the model as an adapter changes it.
   *
   * @throws AdapterError `base`, for an adapter of another model
   */
  async use<T>(adapter: Adapter, body: (runtime: Runtime) => Promise<T>): Promise<T> {
    const known = this.#kept.get(adapter) ?? this.#adapted(adapter);
    this.#kept.delete(adapter);
    this.#kept.set(adapter, known);
    let adapted: Adapted;
    try {
      adapted = await known;
    } catch (error) {
      if (this.#kept.get(adapter) === known) this.#kept.delete(adapter);
      throw error;
    }
    adapted.users += 1;
    try {
      adapted.runtime.check();
      return await body(adapted.runtime);
    } finally {
      adapted.users -= 1;
      await this.#trim();
    }
  }

  async #adapted(adapter: Adapter): Promise<Adapted> {
    const fingerprint = await this.fingerprint;
    expectBase(adapter, { parameters: this.#parameters, config: this.#config, fingerprint });
    const { parameters } = adapter;
    const { device } = this.#parameters;
    const source = {
      names: [...parameters.keys()],
      shape: (name: string) => parameters.get(name)?.shape,
      read: (name: string) => (parameters.get(name) as { numbers: Float32Array }).numbers,
    };
    const take = (p: ParameterTree): void => {
      for (const [name, { shape }] of parameters) p.get(name, shape);
    };
    // Small, and trained beside weights of f32: 8 bits would lose more than they save.
    const dtype = this.#options.dtype === 'q8' ? 'f16' : this.#options.dtype;
    const { parameters: own } = await ParameterTree.load(device, source, take, undefined, { dtype });
    const tree = ParameterTree.over(device, new Map([...this.#parameters.all, ...own.all]));
    const { promptRows: _, ...text } = this.#config.text;
    const rows = tree.all.get(PROMPT_ROWS)?.shape[0];
    const config = { ...this.#config, text: rows === undefined ? text : { ...text, promptRows: rows } };
    const adapted = { runtime: new Runtime(tree, config), trees: [tree, own], users: 0 };
    if (this.#disposed) free(adapted);
    return adapted;
  }

  /** Frees the ones used longest ago. */
  async #trim(): Promise<void> {
    for (const [adapter, promise] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT) return;
      const adapted = await promise;
      if (adapted.users > 0 || this.#kept.get(adapter) !== promise) continue;
      this.#kept.delete(adapter);
      free(adapted);
    }
  }

  /** Frees all of them; the model's own parameters stay. */
  dispose(): void {
    this.#disposed = true;
    for (const promise of this.#kept.values()) promise.then(free, () => {});
    this.#kept.clear();
  }
}

function free({ runtime, trees }: Adapted): void {
  runtime.dispose();
  for (const tree of trees) tree.dispose();
}

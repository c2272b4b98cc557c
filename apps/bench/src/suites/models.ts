import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip, glipT } from '@glip-wgpu/glip-core';
import { type Network, network } from '@glip-wgpu/glip-core/network';
import type { Device } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

const SEED = 1;

/** Models that several cases use, made when first asked for. */
export class Models implements Disposable {
  readonly #device: Device;
  #glipT: Network | undefined;
  #parameters: ParameterTree | undefined;
  #emojiTiny: Glip | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  /** GLIP-T with random weights. */
  get glipT(): Network {
    this.#parameters ??= ParameterTree.random(this.#device, SEED);
    this.#glipT ??= network(this.#parameters, glipT);
    return this.#glipT;
  }

  /** The embedded model. */
  async emojiTiny(): Promise<Glip> {
    this.#emojiTiny ??= await Glip.load(emojiTiny, { device: this.#device });
    return this.#emojiTiny;
  }

  [Symbol.dispose](): void {
    this.#parameters?.dispose();
    this.#emojiTiny?.dispose();
    this.#parameters = undefined;
    this.#glipT = undefined;
    this.#emojiTiny = undefined;
  }
}

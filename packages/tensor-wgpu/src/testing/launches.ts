import type { Capabilities } from '../device/capabilities.ts';
import { coreOf, type Device } from '../device/device.ts';
import { PARAMS_BYTES } from '../device/params-page.ts';
import type { Pipeline } from '../device/pipelines.ts';
import { dryDevice } from '../estimate.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { type Case, formOf, type KernelSpec } from './kernel-spec.ts';

/** Records what cases would run on one kind of device, without a GPU. */
export class Launches {
  readonly #device: Device;
  readonly #sources = new Map<Pipeline, string>();
  #launches: unknown[] = [];

  constructor(info: Capabilities) {
    this.#device = dryDevice(info);
    const { pipelines, commands } = coreOf(this.#device);
    const get = pipelines.get.bind(pipelines);
    pipelines.get = (key, sourceOf) => {
      const pipeline = get(key, sourceOf);
      if (!this.#sources.has(pipeline)) {
        const { code, constants } = sourceOf();
        this.#sources.set(pipeline, JSON.stringify([code, constants]));
      }
      return pipeline;
    };
    const dispatch = commands.dispatch.bind(commands);
    commands.dispatch = (launch, write) => {
      const params = new Uint8Array(PARAMS_BYTES);
      write(new DataView(params.buffer));
      const bound = launch.bindings.map(({ offset, size }) => [offset, size]);
      this.#launches.push([this.#sources.get(launch.pipeline), launch.grid, bound, params.join()]);
      dispatch(launch, write);
    };
  }

  /** The dispatches of a case, as text: shader, constants, grid, bound ranges and parameters of each. */
  of({ run }: KernelSpec, { inputs, options }: Case<string, unknown>): string {
    this.#launches = [];
    scope(() => {
      const tensors: Record<string, Tensor> = {};
      for (const [name, input] of Object.entries(inputs))
        if (input) tensors[name] = this.#device.empty(...formOf(input));
      run(tensors, options);
    });
    return JSON.stringify(this.#launches);
  }
}

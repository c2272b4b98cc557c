import type { WordPiece } from '@glip-wgpu/bert';
import { CheckpointError, type Device, type DeviceOptions, openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree, type TreeOptions } from '@glip-wgpu/tensor-wgpu/nn';
import { AdaptedRuntimes } from '../adapter/adapted-runtimes.ts';
import type { Adapter } from '../adapter/adapter.ts';
import type { GlipConfig } from '../config/config.ts';
import { Runtime } from '../detect/runtime.ts';
import { ModelError } from '../errors.ts';
import { isIgnored, network } from '../network/network.ts';
import { mmdetectionName } from './mmdetection-names.ts';
import { type ModelOptions, readModel } from './model-files.ts';
import type { ModelSource } from './model-source.ts';

export interface LoadOptions extends DeviceOptions, TreeOptions, ModelOptions {
  /** A device that the caller owns and disposes; by default one is opened with the other options. */
  readonly device?: Device;
  readonly signal?: AbortSignal;
  /** Used by all detections that name no other; `readAdapter` reads one. */
  readonly adapter?: Adapter | undefined;
  /** Called during the upload of weights with the fraction done, up to 1. */
  readonly onRead?: ((share: number) => void) | undefined;
}

/** A model on a device, with its tokenizer and known words. */
export class LoadedModel implements Disposable {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly seenWords: ReadonlySet<string> | undefined;
  readonly runtime: Runtime;
  readonly parameters: ParameterTree;
  readonly adapted: AdaptedRuntimes;
  readonly #owns: 'device' | 'parameters' | 'passes';

  /** @param owns  what `dispose` frees: the device, else the parameters, else only the recorded passes */
  constructor(
    { config, tokenizer, seenWords }: Pick<LoadedModel, 'config' | 'tokenizer' | 'seenWords'>,
    parameters: ParameterTree,
    owns: 'device' | 'parameters' | 'passes',
    options: TreeOptions = {},
  ) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.seenWords = seenWords;
    this.parameters = parameters;
    this.runtime = new Runtime(parameters, config);
    this.adapted = new AdaptedRuntimes(parameters, config, options);
    this.#owns = owns;
  }

  /** Frees what it owns; its passes then reject. */
  dispose(): void {
    this.runtime.dispose();
    this.adapted.dispose();
    const { device } = this.runtime;
    if (this.#owns === 'device') {
      device.dispose();
      return;
    }
    if (this.#owns === 'parameters') this.parameters.dispose();
    device.trim();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Reads a model and uploads it; disposes everything it created if that fails. Throws as `Glip.load`. */
export async function loadModel(
  source: ModelSource,
  { device: given, dtype, ...options }: LoadOptions,
): Promise<LoadedModel> {
  if (![undefined, 'f32', 'f16', 'q8'].includes(dtype)) {
    throw new ModelError(`dtype is ${dtype}, expected 'f32', 'f16' or 'q8'`);
  }
  const { source: weights, mmdetection, ...model } = await readModel(source, { weights: dtype, ...options });
  options.signal?.throwIfAborted();
  const device = given ?? (await openDevice(options));
  try {
    const build = (p: ParameterTree) => network(p, model.config);
    const { parameters } = await ParameterTree.load(device, weights, build, isIgnored, {
      dtype,
      signal: options.signal,
      onRead: options.onRead,
    });
    return new LoadedModel(model, parameters, given ? 'parameters' : 'device', { dtype });
  } catch (error) {
    if (!given) device.dispose();
    if (mmdetection && error instanceof CheckpointError) error.message += namesIn(error);
    throw error;
  }
}

/** A line on the names in a file of MMDetection, whose errors are stated in the original's. */
function namesIn({ missing, unexpected, misshapen, notFinite }: CheckpointError): string {
  const name = [...missing, ...unexpected, ...misshapen, ...notFinite][0]?.split(' ')[0];
  return name === undefined
    ? ''
    : `\n  the file has MMDetection's names: ${mmdetectionName(name)} for ${name}`;
}

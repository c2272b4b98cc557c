import type { WordPiece } from '@glip-wgpu/bert';
import { type Device, type DeviceOptions, openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree, type TreeOptions } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';
import { Runtime } from '../detect/runtime.ts';
import { isIgnored, network } from '../network/network.ts';
import { type ModelOptions, readModel } from './model-files.ts';
import type { ModelSource } from './model-source.ts';

export interface LoadOptions extends DeviceOptions, TreeOptions, ModelOptions {
  /** A device to use, which the caller keeps and disposes; opened with the other options unless given. */
  readonly device?: Device;
  readonly signal?: AbortSignal;
  /** Called while weights are uploaded, with the share that is, up to 1. */
  readonly onRead?: ((share: number) => void) | undefined;
}

/** A model on a device, with what its prompts need. */
export interface Loaded {
  readonly config: GlipConfig;
  readonly tokenizer: WordPiece;
  readonly seenWords: ReadonlySet<string> | undefined;
  readonly runtime: Runtime;
  readonly parameters: ParameterTree;
}

/** Reads a model and uploads it; a device that was opened for it is disposed if that fails. Throws as `Glip.load`. */
export async function loadModel(
  source: ModelSource,
  { device: given, weights: stored, ...options }: LoadOptions,
): Promise<Loaded> {
  const { config, source: weights, tokenizer, seenWords } = await readModel(source, options);
  const device = given ?? (await openDevice(options));
  let parameters: ParameterTree | undefined;
  try {
    const build = (p: ParameterTree) => network(p, config);
    ({ parameters } = await ParameterTree.load(device, weights, build, isIgnored, {
      weights: stored,
      signal: options.signal,
      onRead: options.onRead,
    }));
    return { config, tokenizer, seenWords, runtime: new Runtime(parameters, config), parameters };
  } catch (error) {
    if (given) parameters?.dispose();
    else device.dispose();
    throw error;
  }
}

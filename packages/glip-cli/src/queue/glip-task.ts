import { DetectionError, type Glip, ImageError, type RawImage } from '@glip-wgpu/glip-core';
import type { Settings, ShardItem, ShardTask } from '@glip-wgpu/glip-queue';
import { DeviceError } from '@glip-wgpu/tensor-wgpu';
import { decodeImage } from '../image-file.ts';
import { codeOf, PictureError, systemReason } from '../inputs/input-error.ts';
import { chosenAdapter, chosenModel } from '../model.ts';
import type { ModelValues } from './model-identity.ts';
import type { QueuePackage } from './package.ts';

/** Result of a model for a picture. */
export type Finder = (glip: Glip, image: RawImage, item: ShardItem, signal: AbortSignal) => Promise<object>;

const RELOADS = 2;

/** A task that loads a model and runs it on decoded pictures. */
export async function glipTask(
  queue: QueuePackage,
  { settings, model: values, find }: { settings: Settings; model: ModelValues; find: Finder },
): Promise<ShardTask> {
  const { ItemError } = queue;
  const model = await workerModel(queue, values);
  return {
    settings,
    prepare: () => model.prepare(),
    async row(item, signal) {
      try {
        const image = await decodeImage(
          await item.bytes().catch((error: unknown) => {
            throw error instanceof ItemError ? asOneProcess(error) : error;
          }),
        );
        const { width, height } = image;
        return { width, height, ...(await model.use((glip) => find(glip, image, item, signal), signal)) };
      } catch (error) {
        const own =
          error instanceof PictureError || error instanceof ImageError || error instanceof DetectionError;
        if (own) throw new ItemError(`${item.name}: ${error.message}`, { cause: error });
        throw error;
      }
    },
    dispose: () => model.dispose(),
  };
}

/** An error with the reason that one process names for a picture that cannot be read. */
function asOneProcess(error: Error): Error {
  const { cause } = error;
  if (codeOf(cause) === undefined) return error;
  return new PictureError(`cannot be read: ${systemReason(cause)}`, { cause });
}

/** A worker's model. */
export interface WorkerModel {
  /** Loads it. @returns its fingerprint */
  prepare(): Promise<string>;
  /**
   * Runs a function with it. A GPU that is lost, or out of memory, is opened again.
   *
   * @throws WorkerFault if that does not help: the shard goes back, and the worker ends
   */
  use<T>(run: (glip: Glip) => Promise<T>, signal: AbortSignal): Promise<T>;
  dispose(): void;
}

/** @throws InputError for a model that cannot be chosen */
export async function workerModel({ WorkerFault }: QueuePackage, values: ModelValues): Promise<WorkerModel> {
  const model = chosenModel(values, await chosenAdapter(values));
  let glip: Glip | undefined;
  return {
    async prepare() {
      glip = await model.load();
      return glip.fingerprint();
    },
    async use(run, signal) {
      if (!glip) throw new Error('the model is not loaded');
      for (let reloads = 0; ; reloads++) {
        try {
          return await run(glip);
        } catch (error) {
          signal.throwIfAborted();
          if (!(error instanceof DeviceError)) throw error;
          if (reloads === RELOADS)
            throw new WorkerFault(`the GPU does not recover: ${error.message}`, { cause: error });
          await glip.reload().catch((cause: unknown) => {
            const why = cause instanceof Error ? cause.message : String(cause);
            throw new WorkerFault(`the GPU does not recover: ${why}`, { cause });
          });
        }
      }
    },
    dispose() {
      glip?.dispose();
    },
  };
}

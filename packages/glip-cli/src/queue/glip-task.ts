import { DetectionError, type Glip, ImageError, type RawImage } from '@glip-wgpu/glip-core';
import type { Settings, ShardItem, ShardTask } from '@glip-wgpu/glip-queue';
import { DeviceError } from '@glip-wgpu/tensor-wgpu';
import { decodeImage } from '../image-file.ts';
import { PictureError } from '../inputs/input-error.ts';
import { chosenAdapter, chosenModel } from '../model.ts';
import type { ModelValues } from './model-identity.ts';
import type { QueuePackage } from './package.ts';

/** What a model makes of a picture. */
export type Finder = (glip: Glip, image: RawImage, item: ShardItem, signal: AbortSignal) => Promise<object>;

const RELOADS = 2;

/**
 * A task that loads a model and runs it on decoded pictures. A GPU that is lost, or out of memory, is opened again; if that
 * does not help, the shard goes back and the worker ends.
 */
export async function glipTask(
  { ItemError, WorkerFault }: QueuePackage,
  { settings, model: values, find }: { settings: Settings; model: ModelValues; find: Finder },
): Promise<ShardTask> {
  const model = chosenModel(values, await chosenAdapter(values));
  let glip: Glip | undefined;
  const found = async (image: RawImage, item: ShardItem, signal: AbortSignal): Promise<object> => {
    if (!glip) throw new Error('the model is not loaded');
    for (let reloads = 0; ; reloads++) {
      try {
        return await find(glip, image, item, signal);
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
  };
  return {
    settings,
    async prepare() {
      glip = await model.load();
      return glip.fingerprint();
    },
    async row(item, signal) {
      try {
        const image = await decodeImage(await item.bytes());
        const { width, height } = image;
        return { width, height, ...(await found(image, item, signal)) };
      } catch (error) {
        const own =
          error instanceof PictureError || error instanceof ImageError || error instanceof DetectionError;
        if (own) throw new ItemError(`${item.name}: ${error.message}`, { cause: error });
        throw error;
      }
    },
    dispose() {
      glip?.dispose();
    },
  };
}

import { codeOf, InputError } from '../inputs/input-error.ts';

/** Exports of the package for queues. */
export type QueuePackage = typeof import('@glip-wgpu/glip-queue');

/** Loads the package for queues, which is installed only where one is used. @throws InputError if it is not */
export async function queuePackage(): Promise<QueuePackage> {
  try {
    return await import('@glip-wgpu/glip-queue');
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new InputError('queues need a package of their own: npm install @glip-wgpu/glip-queue', { cause });
  }
}

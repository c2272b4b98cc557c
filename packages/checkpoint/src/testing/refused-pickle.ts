import { byteSource } from '@glip-wgpu/tensor-wgpu';
import { openCheckpoint } from '../open-checkpoint.ts';
import { TorchFileError } from '../torch/torch-error.ts';
import { checkpoint, dict, type Part, str, whole } from './pickle-writer.ts';

/** The code that a checkpoint with this pickle is refused with; all its tensors are read. */
export async function codeOf(
  pickle: Uint8Array,
  data?: Readonly<Record<string, Uint8Array>>,
): Promise<string> {
  try {
    const file = await openCheckpoint(byteSource(checkpoint(pickle, data)));
    for (const name of file.names) await file.bytes(name);
  } catch (error) {
    if (error instanceof TorchFileError) return error.code;
    throw error;
  }
  return 'accepted';
}

/** A pickle whose one weight is this value. */
export const modelOf = (value: Part): Uint8Array => whole(dict([str('model'), dict([str('a'), value])]));

import { type ByteSource, openSafetensors } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile } from './checkpoint-file.ts';
import { refuseOtherFiles } from './torch/other-files.ts';
import { openTorchFile } from './torch/torch-file.ts';

/**
 * Opens a checkpoint, .pth or safetensors; its first bytes say which.
 *
 * @throws TorchFileError or SafetensorsError naming what is wrong
 */
export async function openCheckpoint(source: ByteSource): Promise<CheckpointFile> {
  const head = await source.read(0, Math.min(512, source.size));
  if (head[0] === 0x50 && head[1] === 0x4b) return openTorchFile(source); // PK
  refuseOtherFiles(head, source.size);
  const file = await openSafetensors(source);
  return { format: 'safetensors', ...file };
}

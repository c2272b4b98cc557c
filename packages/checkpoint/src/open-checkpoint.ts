import { type ByteSource, openSafetensors } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile } from './checkpoint-file.ts';
import { RESAVE } from './torch/pickle-globals.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch/torch-error.ts';
import { openTorchFile } from './torch/torch-file.ts';

const OLD_PICKLE = '\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19'; // the magic number of torch.save before 1.6

/**
 * Opens a checkpoint, .pth or safetensors; its first bytes say which.
 *
 * @throws TorchFileError or SafetensorsError naming what is wrong
 */
export async function openCheckpoint(source: ByteSource): Promise<CheckpointFile> {
  const head = await source.read(0, Math.min(512, source.size));
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join('');
  if (text.startsWith('PK')) return openTorchFile(source);
  refuseOthers(text);
  const file = await openSafetensors(source);
  return { format: 'safetensors', ...file };
}

function refuseOthers(text: string): void {
  const fail = (code: TorchFileErrorCode, message: string): never => {
    throw new TorchFileError(code, message);
  };
  if (text.startsWith(OLD_PICKLE)) {
    fail('legacy-pickle', `it was saved in the form of PyTorch before 1.6. ${RESAVE}`);
  }
  if (text.slice(257, 262) === 'ustar')
    fail('legacy-tar', `it is a tar archive of PyTorch before 0.4. ${RESAVE}`);
  if (/^\s*<(!doctype|html)/i.test(text)) {
    fail('web-page', 'it is a web page, not a checkpoint: the link leads to a page about the file');
  }
  if (text.startsWith('version https://git-lfs')) {
    fail(
      'lfs-pointer',
      'it is a pointer of Git LFS, not the file: run `git lfs pull`, or download the file itself',
    );
  }
  if (text.charCodeAt(0) === 0x80) {
    fail('not-a-checkpoint', `it is a bare pickle, not a checkpoint of torch.save. ${RESAVE}`);
  }
}

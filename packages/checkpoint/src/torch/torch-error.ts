import { SAVE_TORCHSCRIPT } from './advice.ts';

/** Reason for refusing a PyTorch checkpoint. */
export type TorchFileErrorCode =
  | 'not-a-checkpoint' // neither a zip archive nor another known format
  | 'web-page'
  | 'lfs-pointer' // Git LFS pointer to a file that was not fetched
  | 'legacy-pickle' // torch.save before 1.6
  | 'legacy-tar' // torch.save before 0.4
  | 'zip-end' // no end record, or not at the end of the file
  | 'zip-comment'
  | 'zip-disks'
  | 'zip64'
  | 'zip-entries' // more than allowed, or a wrong count
  | 'zip-directory'
  | 'zip-extra'
  | 'zip-compressed'
  | 'zip-encrypted'
  | 'zip-size'
  | 'zip-name'
  | 'zip-duplicate'
  | 'zip-bounds'
  | 'zip-overlap'
  | 'zip-gap' // bytes that belong to no entry
  | 'zip-local' // an entry's own header differs from the directory
  | 'zip-crc'
  | 'zip-missing' // an entry that the checkpoint names
  | 'torchscript'
  | 'byte-order'
  | 'pickle-size'
  | 'pickle-protocol'
  | 'pickle-opcode'
  | 'pickle-truncated'
  | 'pickle-trailing'
  | 'pickle-stack'
  | 'pickle-memo'
  | 'pickle-global'
  | 'pickle-call'
  | 'pickle-persistent-id'
  | 'pickle-state' // attributes given to an object
  | 'pickle-target' // items added to something other than a list or dictionary
  | 'pickle-key'
  | 'pickle-text'
  | 'pickle-integer'
  | 'pickle-depth'
  | 'pickle-cycle'
  | 'storage-size'
  | 'storage-differs' // one storage described in two ways
  | 'tensor-shape'
  | 'tensor-stride'
  | 'tensor-bounds'
  | 'tensor-name'
  | 'duplicate-tensor'
  | 'not-a-tensor'
  | 'no-weights'
  | 'no-such-tensor';

/** A PyTorch checkpoint that is malformed, or has something other than tensors among its weights. Nothing in it is run. */
export class TorchFileError extends Error {
  override readonly name = 'TorchFileError';
  readonly code: TorchFileErrorCode;
  /** The message without its prefix. */
  readonly reason: string;

  constructor(code: TorchFileErrorCode, reason: string) {
    super(`checkpoint: ${reason}`);
    this.code = code;
    this.reason = reason;
  }
}

/** @throws TorchFileError torchscript */
export function refuseTorchScript(): never {
  throw new TorchFileError(
    'torchscript',
    `it is a TorchScript program, not a checkpoint. ${SAVE_TORCHSCRIPT}`,
  );
}

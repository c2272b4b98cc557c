import { ShardError, TorchFileError } from '@glip-wgpu/checkpoint';
import { DatasetError, ExportError } from '@glip-wgpu/datasets';
import {
  AdapterError,
  ConfigError,
  DetectionError,
  DownloadError,
  ImageError,
  ModelError,
  PromptError,
  TokenizerError,
} from '@glip-wgpu/glip-core';
import { DataError, PlanError, TargetError, TrainingError } from '@glip-wgpu/glip-train';
import { CheckpointError, DeviceError, SafetensorsError } from '@glip-wgpu/tensor-wgpu';

/** Invalid user input: one sentence, exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A picture that cannot be read; with several pictures, the others are still processed. */
export class PictureError extends InputError {}

const USER_ERRORS = [
  InputError,
  ImageError,
  PromptError,
  ModelError,
  AdapterError,
  ConfigError,
  CheckpointError,
  SafetensorsError,
  TorchFileError,
  ShardError,
  DownloadError,
  TokenizerError,
  DetectionError,
  ExportError,
  DatasetError,
  PlanError,
  DataError,
  TargetError,
  TrainingError,
];
/** Of the package for queues, which is not loaded here. */
const NAMED_ERRORS = ['QueueError', 'WorkerFault'];
const DEVICE_REASONS: readonly DeviceError['reason'][] = ['unavailable', 'lost', 'out-of-memory'];

/** True for errors of the user's input and machine, whose message suffices without a stack trace. */
export function isUserError(error: unknown): error is Error {
  if (error instanceof DeviceError) return DEVICE_REASONS.includes(error.reason);
  if (error instanceof Error && NAMED_ERRORS.includes(error.name)) return true;
  return USER_ERRORS.some((kind) => error instanceof kind);
}

/** Code of an operating system error, such as ENOENT. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

const SYSTEM_REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than allowed',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a file stands where a folder is needed',
  EEXIST: 'a file stands where a folder is needed',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ELOOP: 'its links lead in a circle',
  EBUSY: 'another program is using it',
  EIO: 'the disk reports an error',
};

/** Reason for a failed operating system call, in a few words. */
export function systemReason(error: unknown): string {
  const code = codeOf(error);
  if (code !== undefined && Object.hasOwn(SYSTEM_REASONS, code)) return SYSTEM_REASONS[code];
  return (error instanceof Error ? error.message : String(error)).split('\n')[0];
}

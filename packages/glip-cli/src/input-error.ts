/** Something the user gave that cannot be used: one sentence, exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

const USER_ERRORS = new Set([
  'InputError',
  'ImageError',
  'PromptError',
  'ModelError',
  'ConfigError',
  'CheckpointError',
  'SafetensorsError',
  'TorchFileError',
  'ShardError',
  'DownloadError',
  'TokenizerError',
  'DetectionError',
  'ExportError',
]);

/** Whether an error is about what the user gave, so that its message is enough. */
export function isUserError(error: unknown): error is Error {
  return error instanceof Error && USER_ERRORS.has(error.name);
}

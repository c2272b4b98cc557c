/** A configuration that is malformed, or needs something that is not implemented. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  /** Path of the offending key, for example `MODEL.SWINT.WINDOW_SIZE`. */
  readonly key: string;

  constructor(key: string, found: unknown, expected: string) {
    super(`config: ${key} is ${show(found)}, expected ${expected}`);
    this.key = key;
  }
}

/** An image with invalid data, size or channels. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/** An invalid prompt. `argument` says where, for example `categories[2]` or `spans[0]`. */
export class PromptError extends Error {
  override readonly name = 'PromptError';
  readonly argument: string;

  constructor(argument: string, message: string) {
    super(`prompt: ${argument} ${message}`);
    this.argument = argument;
  }
}

/** A model that cannot be found or read, or whose parts do not match. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** Model outputs or options that cannot give detections: NaN, or arrays of the wrong length. */
export class DetectionError extends Error {
  override readonly name = 'DetectionError';
}

/** The reason that an adapter is refused. */
export type AdapterErrorCode =
  | 'file' // it cannot be read, or is no adapter
  | 'base' // it was trained on another model
  | 'prompt'; // its learned rows belong to another prompt

/** An adapter that cannot be read, or does not fit the model or the prompt. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly code: AdapterErrorCode;

  constructor(code: AdapterErrorCode, message: string, options?: ErrorOptions) {
    super(`adapter: ${message}`, options);
    this.code = code;
  }
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

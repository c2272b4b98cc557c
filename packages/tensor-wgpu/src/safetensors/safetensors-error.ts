/** Reason for which a safetensors file, or a request to it, was refused. */
export type SafetensorsErrorCode =
  | 'no-length' // fewer than 8 bytes
  | 'header-empty'
  | 'header-too-long'
  | 'header-past-end'
  | 'header-start' // the first byte is not {
  | 'header-utf8'
  | 'header-json'
  | 'duplicate-tensor'
  | 'duplicate-key'
  | 'unknown-key'
  | 'missing-key'
  | 'name'
  | 'metadata'
  | 'dtype'
  | 'shape'
  | 'offsets'
  | 'size' // shape and dtype need another number of bytes than the offsets span
  | 'gap'
  | 'overlap'
  | 'data-past-end'
  | 'trailing-bytes'
  | 'too-many-tensors'
  | 'no-such-tensor'
  | 'conversion'; // an element type that the request cannot represent

/** A file that breaks the safetensors format, or a tensor that it does not hold. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
  readonly code: SafetensorsErrorCode;

  constructor(code: SafetensorsErrorCode, message: string) {
    super(`safetensors: ${message}`);
    this.code = code;
  }
}

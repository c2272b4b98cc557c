/** Ground truth, detections or options that cannot be evaluated. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError';
  /** The entry, such as `annotations[17].bbox`; undefined if the fault is not in one entry. */
  readonly entry: string | undefined;
  /** The file, if its name was given. */
  readonly file: string | undefined;

  constructor(message: string, place: { readonly entry?: string; readonly file?: string } = {}) {
    super(`metrics: ${place.file === undefined ? '' : `${place.file}: `}${message}`);
    this.entry = place.entry;
    this.file = place.file;
  }
}

/** Reason why a file could not be downloaded or stored. */
export type DownloadErrorCode =
  | 'offline' // not in the cache, in offline mode
  | 'url' // neither http nor https
  | 'not-found'
  | 'http' // any other response than the file
  | 'network' // no response, or repeatedly lost connections
  | 'length'
  | 'checksum'
  | 'changed' // another file than when the download began
  | 'disk-full'
  | 'permission'
  | 'cache' // other failures of the cache
  | 'unsupported'; // a browser without storage for files

/** A file that could not be downloaded or stored. The part received so far is kept, and the next attempt resumes from it. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly code: DownloadErrorCode;
  /** Pause that the server asks for before the next request, milliseconds; undefined if it asks for none. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: DownloadErrorCode,
    message: string,
    { retryAfterMs, ...options }: ErrorOptions & { readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

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

  constructor(code: DownloadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

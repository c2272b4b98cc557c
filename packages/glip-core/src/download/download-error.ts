/** Why a file could not be fetched or kept. */
export type DownloadErrorCode =
  | 'offline' // not in the cache, and fetching was not allowed
  | 'url' // neither http nor https
  | 'not-found'
  | 'http' // any other answer than the file
  | 'network' // no answer, or one that broke off again and again
  | 'length'
  | 'checksum'
  | 'disk-full'
  | 'permission'
  | 'cache' // anything else that the cache could not do
  | 'unsupported'; // a browser without a place for files

/** A file that could not be fetched or kept. What has arrived so far stays, and the next attempt goes on from there. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  readonly code: DownloadErrorCode;

  constructor(code: DownloadErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

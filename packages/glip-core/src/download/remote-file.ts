/** A file on the web, at one or several URLs. */
export interface RemoteFile {
  /** Name in the cache; may contain folders. */
  readonly name: string;
  /** Mirrors, tried in this order. */
  readonly urls: readonly string[];
  /** Bytes, if known. */
  readonly size?: number | undefined;
  /** In hexadecimal, if known. */
  readonly sha256?: string | undefined;
}

export interface DownloadProgress {
  readonly file: string;
  /** Bytes received. */
  readonly done: number;
  /** Total bytes; undefined if the server does not say. */
  readonly total: number | undefined;
  /** Recent rate, bytes per second. */
  readonly rate: number;
}

export interface DownloadOptions {
  /** Downloads nothing: a file that is not in the cache is an error. */
  readonly offline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second, and at the end. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Maximum time without data before a retry, and pause before a retry; milliseconds. */
  readonly stallMs?: number | undefined;
  readonly retryMs?: number | undefined;
}

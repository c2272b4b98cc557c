/** A file on the web, at one or several places. */
export interface RemoteFile {
  /** In the cache; may have folders. */
  readonly name: string;
  /** Mirrors, tried in this order. */
  readonly urls: readonly string[];
  /** Bytes, where known. */
  readonly size?: number | undefined;
  /** In hexadecimal, where known. */
  readonly sha256?: string | undefined;
}

export interface DownloadProgress {
  readonly file: string;
  /** Bytes that are there. */
  readonly done: number;
  /** Bytes in all; undefined where the server does not say. */
  readonly total: number | undefined;
  /** Bytes a second of late. */
  readonly rate: number;
}

export interface DownloadOptions {
  /** Fetches nothing: what is not in the cache is an error. */
  readonly offline?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called about ten times a second, and at the end. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Longest silence of a server before it is asked again, and pause before that; milliseconds. */
  readonly stallMs?: number | undefined;
  readonly retryMs?: number | undefined;
}

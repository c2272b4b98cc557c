import type { ByteSource } from '@glip-wgpu/tensor-wgpu';

/** A file being downloaded, locked by one process or page at a time. */
export interface PartialFile {
  /** Bytes stored so far. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Content so far. */
  content(): Promise<ByteSource>;
  /** Discards the content. */
  clear(): Promise<void>;
  /** Turns it atomically into the complete file, with a note beside it. */
  finish(note: string): Promise<void>;
  /** Keeps the content for the next attempt and releases the lock. */
  close(): Promise<void>;
}

/** Bytes, and their place in a file. */
export interface BytesAt {
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** A file written in any order, with a journal of what was written; locked by one process or page at a time. */
export interface ScatteredFile {
  /** Lines of the journal that earlier sessions wrote. */
  readonly journal: readonly string[];
  /**
   * Writes bytes, which must not change afterwards, and then a line of the journal: after a crash, what the journal names
   * is there.
   */
  write(places: readonly BytesAt[], line?: string): Promise<void>;
  /** The bytes from `start` up to `end`, all of which were written. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Turns it atomically into the complete file, with a note beside it. Every byte must have been written. */
  finish(note: string): Promise<void>;
  /** Keeps what was written for the next attempt and releases the lock. */
  close(): Promise<void>;
}

/** Storage for downloaded files: a folder, or the browser's private file system. */
export interface FileStore {
  /** Location to show to users: the folder's path, or the browser's name for it. */
  readonly location: string;
  /** A complete file and the note stored with it. */
  open(name: string): Promise<{ readonly content: ByteSource; readonly note: string } | undefined>;
  /** Starts or resumes a file; waits while another process or page holds its lock. */
  begin(name: string, signal?: AbortSignal): Promise<PartialFile>;
  /**
   * Starts or resumes a file that is written in any order.
   *
   * @param identity  of the content, one line; what was written of other content is discarded
   * @param size      bytes of the complete file
   * @throws DownloadError disk-full if there is no room for the rest
   */
  beginScattered(name: string, identity: string, size: number, signal?: AbortSignal): Promise<ScatteredFile>;
  /** Writes a note beside an incomplete file. */
  readPartNote(name: string): Promise<string | undefined>;
  writePartNote(name: string, note: string): Promise<void>;
  /** Removes a file, complete or not. */
  remove(name: string): Promise<void>;
}

/** An incremental hash. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** In hexadecimal. */
  digest(): string;
}

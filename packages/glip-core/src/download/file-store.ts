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

/** Storage for downloaded files: a folder, or the browser's private file system. */
export interface FileStore {
  /** Location to show to users: the folder's path, or the browser's name for it. */
  readonly location: string;
  /** A complete file and the note stored with it. */
  open(name: string): Promise<{ readonly content: ByteSource; readonly note: string } | undefined>;
  /** Starts or resumes a file; waits while another process or page holds its lock. */
  begin(name: string, signal?: AbortSignal): Promise<PartialFile>;
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

import type { ByteSource } from '@glip-wgpu/tensor-wgpu';

/** A file that is being fetched, held by one process or page at a time. */
export interface PartialFile {
  /** Bytes that are there. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Content so far. */
  content(): Promise<ByteSource>;
  /** Discards the content. */
  clear(): Promise<void>;
  /** Turns it atomically into the complete file, with a note beside it. */
  finish(note: string): Promise<void>;
  /** Leaves what is there for the next attempt, and lets others have it. */
  close(): Promise<void>;
}

/** Storage for downloaded files: a folder, or the browser's private file system. */
export interface FileStore {
  /** Location to show to users: the folder's path, or the browser's name for it. */
  readonly location: string;
  /** A complete file and the note stored with it. */
  open(name: string): Promise<{ readonly content: ByteSource; readonly note: string } | undefined>;
  /** Begins a file or goes on with it; waits while another process or page has it. */
  begin(name: string, signal?: AbortSignal): Promise<PartialFile>;
  /** A note beside a file that is not whole yet. */
  readPartNote(name: string): Promise<string | undefined>;
  writePartNote(name: string, note: string): Promise<void>;
  /** Removes a file, whole or not. */
  remove(name: string): Promise<void>;
}

/** A hash that is fed in parts. */
export interface Hash {
  update(bytes: Uint8Array): void;
  /** In hexadecimal. */
  digest(): string;
}

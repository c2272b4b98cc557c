import type { ByteSource } from '@glip-wgpu/tensor-wgpu';

/** A file that is being fetched, held by one process or page at a time. */
export interface PartialFile {
  /** Bytes that are there. */
  readonly size: number;
  append(bytes: Uint8Array): Promise<void>;
  /** What is there, to be read. */
  content(): Promise<ByteSource>;
  /** Throws away what is there. */
  clear(): Promise<void>;
  /** Makes it the whole file, at once, with a note beside it. */
  finish(note: string): Promise<void>;
  /** Leaves what is there for the next attempt, and lets others have it. */
  close(): Promise<void>;
}

/** Where downloaded files are kept: a folder, or the browser's private file system. */
export interface FileStore {
  /** For people: the folder's path, or what the browser calls it. */
  readonly location: string;
  /** A whole file and the note that was left with it. */
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

import recorded from './library-files.json' with { type: 'json' };

/** One file of a library's npm package. */
export interface LibraryFile {
  readonly bytes: number;
  readonly sha384: string;
}

/** A library that browsers can run. */
export interface Library {
  readonly name: LibraryName;
  /** Of each package. */
  readonly versions: Readonly<Record<string, string>>;
  /** By `package@version/path`, as CDNs of npm spell it; a file comes after those that it imports. */
  readonly files: Readonly<Record<string, LibraryFile>>;
}

export type LibraryName = keyof typeof recorded;

/** Recorded from what peers/package-lock.json installs, by `npm run bench -- --peers`. */
export const LIBRARIES: readonly Library[] = Object.entries(recorded).map(([name, library]) => ({
  name: name as LibraryName,
  ...library,
}));

/** Download size of some libraries, bytes. */
export function bytesOf(libraries: readonly Pick<Library, 'files'>[]): number {
  return libraries.flatMap(({ files }) => Object.values(files)).reduce((sum, { bytes }) => sum + bytes, 0);
}

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { folderStore } from '../download/folder-store.ts';
import type { RemoteFile } from '../download/remote-file.ts';
import { type ServedFile, serveFiles } from './file-server.ts';

/** A server for the tests of a file, and a cache folder that is empty before each. */
export async function serverAndCache() {
  const server = await serveFiles({});
  const folder = mkdtempSync(join(tmpdir(), 'glip-cache-'));
  beforeEach(() => {
    mkdirSync(folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  afterAll(() => server.close());
  return {
    server,
    folder,
    store: folderStore(folder),
    /** Serves these files only, and forgets earlier requests. */
    serve(files: Record<string, ServedFile>): void {
      for (const name of Object.keys(server.files)) delete server.files[name];
      Object.assign(server.files, files);
      server.requests.length = 0;
    },
    /** A file of this server, by its mirrors. */
    remote: (...paths: string[]): RemoteFile => ({
      name: 'm/w.pth',
      urls: paths.map((path) => server.url(path)),
    }),
    /** Names in the cache folder of that file. */
    kept: (): string[] => (existsSync(join(folder, 'm')) ? readdirSync(join(folder, 'm')).sort() : []),
  };
}

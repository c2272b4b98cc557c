import { readFileSync } from 'node:fs';
import { trainingArchive } from '@glip-wgpu/checkpoint/testing';
import type { TestProject } from 'vitest/node';
import { type ServedFile, serveFiles } from './file-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of a server on another origin than the page of the tests. */
    readonly otherOrigin: string;
  }
}

/**
 * Setup of browser tests: serves emoji-tiny from another origin, with CORS and without exposed headers. The folder
 * `ranges` behaves as most servers do, `no-head` lacks HEAD, `whole` lacks ranges, `compressed` uses gzip. `words.txt`
 * is missing: that response has no CORS headers, as with most servers. `weights.pth` is a training checkpoint.
 */
export default async function setup(project: TestProject) {
  const folders: Record<string, Partial<ServedFile>> = {
    ranges: {},
    'no-head': { head: false },
    whole: { ranges: false },
    compressed: { ranges: false, gzip: true },
  };
  const model = new URL('../../../emoji-tiny/model/', import.meta.url);
  const files: Record<string, ServedFile> = {};
  for (const [folder, options] of Object.entries(folders)) {
    for (const name of ['model.safetensors', 'config.json', 'vocab.txt']) {
      const content = new Uint8Array(readFileSync(new URL(name, model)));
      const lastModified = 'Sat, 28 Nov 2026 12:00:00 GMT';
      files[`${folder}/${name}`] = { content, etag: '"1"', lastModified, ...options };
    }
  }
  const archive = trainingArchive([{ name: 'weight', shape: [500, 300] }]);
  const content = await archive.read(0, archive.size);
  for (const folder of ['ranges', 'no-head', 'whole']) {
    const lastModified = 'Sat, 28 Nov 2026 12:00:00 GMT';
    files[`${folder}/weights.pth`] = { content, etag: '"1"', lastModified, ...folders[folder] };
  }
  const server = await serveFiles(files);
  project.provide('otherOrigin', server.url(''));
  return () => server.close();
}

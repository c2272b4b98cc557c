import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = new URL('../../', import.meta.url).pathname;

/** Folder names of the packages that are published. */
export const PACKAGES: readonly string[] = readdirSync(`${root}packages`).filter(
  (name) => !manifestOf(name)['private'],
);

/** Report of `npm pack` about a tarball. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  readonly shasum: string;
  readonly integrity: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** The packages as npm would have them once they are published. */
export interface Registry extends AsyncDisposable {
  readonly url: string;
  readonly packed: readonly Packed[];
  /** The tarball of a package, by folder name. */
  tarball(name: string): string;
}

export function manifestOf(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8'));
}

/**
 * Packs every published package and serves the tarballs as a registry does, so that clients install them by name.
 * It knows only this scope: `.npmrc` sends everything else to the registry that the machine uses.
 */
export async function openRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'glip-registry-'));
  const args = [
    'pack',
    '--json',
    '--pack-destination',
    folder,
    ...PACKAGES.map((name) => `-w=packages/${name}`),
  ];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 1e8 });
  const packed = JSON.parse(stdout) as Packed[];

  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const tarball = packed.find(({ filename }) => path === filename);
    const named = packed.find(({ name }) => path === name);
    if (tarball) response.end(readFileSync(join(folder, tarball.filename)));
    else if (named) response.setHeader('content-type', 'application/json').end(packument(named, url));
    else response.writeHead(404).end('{"error":"not found"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  return {
    url,
    packed,
    tarball(name) {
      const found = packed.find((one) => one.name === `@glip-wgpu/${name}`);
      if (!found) throw new Error(`${name} was not packed`);
      return join(folder, found.filename);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function packument({ name, version, filename, shasum, integrity }: Packed, url: string): string {
  const manifest = manifestOf(name.slice('@glip-wgpu/'.length));
  const dist = { tarball: url + filename, shasum, integrity };
  return JSON.stringify({
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { ...manifest, dist } },
  });
}

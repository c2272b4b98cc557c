import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { peerFolder, recordLibraryFiles } from './record-library-files.ts';

/** Installs the other libraries in a separate folder, and compares with them in a separate process. */
export function runPeers(args: readonly string[]): number {
  if (!areInstalled()) {
    console.log('installing other libraries in apps/bench/peers …');
    const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const { status } = spawnSync('npm', npm, { cwd: peerFolder, stdio: 'inherit' });
    if (status !== 0)
      throw new Error('the other libraries could not be installed: is there a network connection?');
  }
  recordLibraryFiles();
  const script = fileURLToPath(new URL('../peers/main.ts', import.meta.url));
  const runner = fileURLToPath(new URL('../../../../scripts/run.mjs', import.meta.url));
  // Optimizing onnxruntime-web's WebAssembly takes a minute at the first run and gains nothing on the GPU.
  const flags = ['--liftoff-only'];
  return spawnSync(process.execPath, [...flags, runner, script, ...args], { stdio: 'inherit' }).status ?? 1;
}

/** True if all libraries are installed, in the versions of their lock file. */
export function areInstalled(): boolean {
  const marker = `${peerFolder}node_modules/.package-lock.json`;
  if (!existsSync(marker)) return false;
  const versions = (file: string): Record<string, { version: string; optional?: boolean }> =>
    JSON.parse(readFileSync(file, 'utf8')).packages;
  const installed = versions(marker);
  return Object.entries(versions(`${peerFolder}package-lock.json`)).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { cpus, homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** File of the tuned plans, in the user's cache folder. */
function location(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  return join(XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), '.cache'), 'tensor-wgpu', 'plans.json');
}

/** Name of the processor: a folder may be shared by several machines. */
export function processor(): string {
  return cpus()[0]?.model.trim() ?? '';
}

/** Vector registers of an x86-64 processor, undefined where they are unknown. */
export async function vectorRegisters(): Promise<number | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return registersIn(text);
}

/** @param text  contents of /proc/cpuinfo */
export function registersIn(text: string): number | undefined {
  const features = /^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/);
  return features && (features.includes('avx512vl') ? 32 : 16);
}

/** The text written last, undefined if nothing can be read. */
export async function readPlans(): Promise<string | undefined> {
  return readFile(location(), 'utf8').catch(() => undefined);
}

/** Best effort: without a writable home nothing is kept. */
export async function writePlans(text: string): Promise<void> {
  const file = location();
  const part = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(part, text);
    await rename(part, file); // atomic
  } catch {
    // Only speed is lost.
  }
}

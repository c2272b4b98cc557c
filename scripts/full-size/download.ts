import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PublishedModel, publishedModel } from '@glip-wgpu/glip-core';
import { glipTArchive, hashOfConversion } from './glip-t-archive.ts';
import { serveArchive } from './serve-archive.ts';

// `glip download glip-t`, and `glip detect --model glip-t` with an empty cache, from a server of this process. The
// checkpoint, 3.7 GB with moving average and optimizer state, is made while it is sent. Needs 1.5 GB of disk.

const root = fileURLToPath(new URL('../../', import.meta.url));
const KILLS = 5;
const DETECT = [
  'detect',
  join(root, 'examples/scene.jpg'),
  '--categories',
  'dog. red apple',
  '--model',
  'glip-t',
];
DETECT.push('--weights', 'f16', '--threshold', '0.01', '--limit', '5');
const MAX_RATIO = 1.02;

interface Run {
  readonly code: number | null;
  readonly out: string;
  /** Peak of its resident memory, bytes. */
  readonly peak: number;
}

/** @returns what does not hold */
export async function checkDownload(place: string, hostLimit: number): Promise<string[]> {
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const archive = glipTArchive();
  const { weights, vocabulary } = publishedModel('glip-t') as PublishedModel;
  const server = await serveArchive(archive, {
    weights: `/${weights.name}`,
    vocabulary: `/${vocabulary.name}`,
  });
  const glip = (args: readonly string[], killAfter?: number): Promise<Run> =>
    runGlip(
      args,
      { GLIP_MIRROR: server.url, GLIP_CACHE: place },
      () => server.sent() >= (killAfter ?? Infinity),
    );
  console.log(`GLIP-T from a server: a file of ${mb(archive.size)}, weights of ${mb(archive.weightBytes)}`);
  const failures: string[] = [];
  try {
    for (const form of ['f16', 'f32'] as const) {
      const args = form === 'f32' ? ['download', 'glip-t'] : DETECT;
      const start = server.sent();
      for (let kill = 1; form === 'f32' && kill <= KILLS; kill++) {
        const { code } = await glip(args, start + (kill * archive.weightBytes) / (KILLS + 1));
        if (code !== null) failures.push(`the download ended with ${code} before it was killed`);
      }
      const { code, out, peak } = await glip(args);
      const ratio = (server.sent() - start) / archive.weightBytes;
      const stored = join(place, 'glip-t', form === 'f16' ? 'model-f16.safetensors' : 'model.safetensors');
      console.log(
        `${out.trim().replace(/^/gm, '    ')}\n  ${form}: ${ratio.toFixed(4)} times the weights transferred`,
      );
      if (form === 'f32') console.log(`  memory of the process: ${mb(peak)} (at most ${mb(hostLimit)})`);
      if (code !== 0) failures.push(`glip ${args.join(' ')} ended with ${code}`);
      if (form === 'f32' && peak > hostLimit) failures.push(`${form}: the process took ${mb(peak)}`);
      // Bytes in the sockets of a killed process were sent in vain.
      if (form === 'f16' && ratio > MAX_RATIO)
        failures.push(`${ratio.toFixed(4)} times the weights transferred`);
      if (
        existsSync(stored) &&
        (await hashOfFile(stored)) === (await hashOfConversion(archive, { f16: form === 'f16' }))
      )
        console.log(
          `  ${form}${form === 'f32' ? `, killed ${KILLS} times` : ''}: the bits of a conversion of the whole file`,
        );
      else failures.push(`${form}: not what a conversion of the whole file gives`);
    }
  } finally {
    server.close();
    if (process.env['GLIP_KEEP'] === undefined) rmSync(place, { recursive: true });
  }
  return failures;
}

/** Runs the built command; kills it once `killed` is true. */
function runGlip(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  killed: () => boolean,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'packages/glip-cli/dist/cli.js'), ...args], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    let peak = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    const watch = setInterval(() => {
      if (killed()) child.kill('SIGKILL');
      peak = Math.max(peak, peakOf(child.pid));
    }, 20);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code, out, peak });
    });
  });
}

function peakOf(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return 1024 * Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}

async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

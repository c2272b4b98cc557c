import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDownload } from './download.ts';
import { checkPageDownload } from './page-download.ts';
import { writeRandomWeights, writeVocabulary } from './random-weights.ts';
import { runStep, type StepResult } from './steps.ts';

// `npm run test:full [-- t | l | download | page | browser]`: the published models at their real size, with random weights, from a .pth that
// PyTorch writes to detections at 800 x 1333. Needs Python with torch (GLIP_PYTHON says which), 12 GB of disk, 16 GB of memory.
// `download` is `glip download glip-t` of a checkpoint that is made while it is sent, `page` the same in the playground; they need
// no Python, 1.5 GB of disk and `npm run build`. `browser` is what takes too long in Chromium for `npm test`.

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, '.cache/full-size');
const MODELS = ['t', 'l'] as const;
const HOST_LIMIT = 300e6;
const DOWNLOAD_LIMIT = 400e6; // with Node itself
const MEMORY_LIMIT = 16e9;

export async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'step') {
    process.stdout.write(`\nRESULT ${JSON.stringify(await runStep(args[1], args.slice(2)))}\n`);
    return 0;
  }
  const failures: string[] = [];
  if (args.length === 0 || args.includes('download'))
    failures.push(...(await checkDownload(join(folder, 'download'), DOWNLOAD_LIMIT)));
  if (args.length === 0 || args.includes('page')) failures.push(...(await checkPageDownload()));
  if ((args.length === 0 || args.includes('browser')) && !passesInBrowser())
    failures.push('tests in Chromium');
  for (const model of MODELS.filter((name) => args.length === 0 || args.includes(name))) {
    for (const failure of await checkModel(model)) failures.push(`GLIP-${model.toUpperCase()}: ${failure}`);
  }
  for (const failure of failures) console.error(failure);
  console.log(failures.length === 0 ? 'full size: everything holds' : `full size: ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

function passesInBrowser(): boolean {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--project', 'browser-full'];
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status === 0;
}

async function checkModel(model: 't' | 'l'): Promise<string[]> {
  const place = join(folder, model);
  mkdirSync(place, { recursive: true });
  const [random, pth, converted] = ['random.safetensors', 'model.pth', 'converted.safetensors'].map((name) =>
    join(place, name),
  );
  const failures: string[] = [];
  const expectAtMost = (what: string, value: number, limit: number): void => {
    console.log(`  ${what}: ${mb(value)} (at most ${mb(limit)})`);
    if (value > limit) failures.push(`${what} is ${mb(value)}, at most ${mb(limit)} allowed`);
  };
  writeVocabulary(join(place, 'vocab.txt'));
  if (!existsSync(pth)) {
    await writeRandomWeights(model, random);
    writeCheckpoint(random, pth);
  }
  console.log(
    `GLIP-${model.toUpperCase()}: ${mb(statSync(pth).size)} as .pth, by PyTorch, with optimizer state and prefix module.`,
  );

  const dry = step('dry', pth);
  expectAtMost('host memory to read it, without a GPU', dry.hostPeak, HOST_LIMIT);
  const conversion = step('convert', pth, converted);
  expectAtMost('host memory to convert it', conversion.hostPeak, HOST_LIMIT);
  const half = step('convert', pth, join(place, 'half.safetensors'), 'f16');
  console.log(`  converted: ${mb(conversion.bytes)}, as f16 ${mb(half.bytes)}`);

  const detect = (what: string, path: string, dtype: 'f32' | 'f16'): StepResult => {
    const result = step('detect', path, dtype);
    console.log(
      `  ${what}: loaded in ${seconds(result.loadMs)}, detection in ${seconds(result.detectMs)}, ${result.count} boxes; weights ${mb(result.parameterBytes)}, GPU peak ${mb(result.gpuPeak)} (estimate ${mb(result.estimatedPeak)}), binding limit ${mb(result.bindingLimit)}`,
    );
    expectAtMost("host memory while loading, beside the GPU's", result.hostPeak, HOST_LIMIT);
    expectAtMost("memory while detecting, beside the GPU's", result.detectHostPeak, HOST_LIMIT);
    if (Math.abs(result.estimatedPeak / result.gpuPeak - 1) > 0.1) {
      failures.push(`${what}: estimate says ${mb(result.estimatedPeak)}, the peak is ${mb(result.gpuPeak)}`);
    }
    expectAtMost('memory in all', result.processPeak, MEMORY_LIMIT);
    return result;
  };
  const fromPth = detect('.pth', pth, 'f32');
  const fromSafetensors = detect('safetensors', converted, 'f32');
  const f16 = detect('.pth kept as f16', pth, 'f16');
  const f16Stored = detect('f16 safetensors', join(place, 'half.safetensors'), 'f16');
  if (fromPth.count === 0) failures.push('no detections to compare');
  if (fromPth.digest !== fromSafetensors.digest)
    failures.push('.pth and safetensors give different detections');
  if (f16.digest !== f16Stored.digest)
    failures.push('f16 from .pth and from f16 safetensors give different detections');
  const share = f16.parameterBytes / fromPth.parameterBytes;
  console.log(
    `  .pth and safetensors: ${fromPth.digest === fromSafetensors.digest ? 'the same bits' : 'DIFFERENT'}; f16 keeps ${(100 * share).toFixed(1)} % of the bytes`,
  );
  if (share > 0.51) failures.push(`f16 weights take ${(100 * share).toFixed(1)} % of f32's`);
  if (process.env['GLIP_KEEP'] === undefined) rmSync(place, { recursive: true });
  return failures;
}

function writeCheckpoint(random: string, pth: string): void {
  const python = process.env['GLIP_PYTHON'] ?? 'python3';
  const { status, error } = spawnSync(python, [join(root, 'fixtures/torch/full.py'), random, pth], {
    stdio: 'inherit',
  });
  if (status !== 0)
    throw new Error(
      `${python} could not write the checkpoint (${error ?? `exit code ${status}`}): it needs torch; GLIP_PYTHON names another Python`,
    );
  rmSync(random);
}

/** Runs a step in a process of its own, so that its memory can be measured. */
function step(name: string, ...args: string[]): StepResult {
  const child = spawnSync(
    process.execPath,
    [
      '--expose-gc',
      join(root, 'scripts/run.mjs'),
      fileURLToPath(import.meta.url),
      'step',
      name,
      ...args.map((path) => (path.includes('/') ? resolve(path) : path)),
    ],
    { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  const result = /^RESULT (.*)$/m.exec(child.stdout)?.[1];
  if (child.status !== 0 || !result) throw new Error(`step ${name} failed: ${child.stderr}${child.stdout}`);
  return JSON.parse(result) as StepResult;
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

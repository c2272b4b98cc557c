import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnnotatedImage, Annotation } from '@glip-wgpu/datasets';
import { glipT, type RawImage } from '@glip-wgpu/glip-core';
import type { MicroBatch, StepEvent, TrainingBatch } from '@glip-wgpu/glip-train';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { PictureError } from '../inputs/input-error.ts';
import { RunReport, type RunReportOptions } from './run-report.ts';

const HOSTILE = `"><img src=x onerror=alert(1)><script>alert('&')</script>`;
const place = { file: 'a.json' };

function annotation(category: string, box: Annotation['box'], more: Partial<Annotation> = {}): Annotation {
  return { category, box, spans: [], crowd: false, difficult: false, place, ...more };
}

function image(path: string, annotations: readonly Annotation[]): AnnotatedImage {
  return { path, width: 40, height: 30, annotations, place };
}

const images = [
  image('a.jpg', [annotation('dog', [2, 2, 20, 20])]),
  image(`${HOSTILE}.jpg`, [annotation(HOSTILE, [5, 5, 25, 25]), annotation('dog', [1, 1, 8, 8])]),
  image('gone.jpg', [annotation('dog', [2, 2, 20, 20])]),
];
const gray: RawImage = { data: new Uint8Array(40 * 30 * 3).fill(128), width: 40, height: 30, channels: 3 };

async function read({ path }: AnnotatedImage): Promise<RawImage> {
  if (path === 'gone.jpg') throw new PictureError('gone.jpg: no such file');
  return gray;
}

function options(step = 0): RunReportOptions {
  return {
    start: {
      adapter: `${HOSTILE} GPU`,
      model: 'emoji-tiny',
      data: HOSTILE,
      seed: 3,
      command: `glip train --data "${HOSTILE}"`,
      versions: { glip: '1.0.0' },
      step,
    },
    config: { seed: 3, name: HOSTILE },
    image: glipT.image,
    labels: ['dog', HOSTILE],
    splits: new Map([[HOSTILE, images]]),
  };
}

function stepEvent(step: number, more: Partial<StepEvent> = {}): StepEvent {
  return {
    kind: 'step',
    phase: HOSTILE,
    step,
    steps: 40,
    loss: 4 / step,
    losses: { [HOSTILE]: 2 / step },
    gradientNorm: 1 + step,
    learningRate: 1e-3,
    skipped: false,
    pictures: 2,
    seconds: 0.25,
    waitingSeconds: 0.05,
    remainingSeconds: 0,
    ...more,
  };
}

/** Two images of 8 x 6 pixels, red and blue, padded to 8 x 8; the second has a box. */
function batch(): TrainingBatch {
  const { mean, std } = glipT.image;
  const pixels = new Float32Array(2 * 8 * 8 * 4);
  for (const [i, color] of [
    [0, 0, 255],
    [255, 0, 0],
  ].entries()) {
    // blue, green, red
    for (let p = 0; p < 8 * 6; p++)
      for (let c = 0; c < 3; c++) pixels[4 * (64 * i + p) + c] = (color[c] - mean[c]) / std[c];
  }
  const sample = { path: 'a.jpg', prompt: `dog. ${HOSTILE}`, size: [6, 8] as const };
  const samples = [
    { ...sample, boxes: new Float32Array(), spans: [] },
    { ...sample, boxes: Float32Array.of(1, 1, 6, 4), spans: [[[0, 3] as const]] },
  ];
  const part: Partial<MicroBatch> = { pixels, shape: [2, 8, 8, 4], samples };
  return { parts: [part as MicroBatch], normalizers: { positives: 1, centernessSum: 1 } };
}

const found = [
  { image: images[0], detections: [{ label: 'dog', box: [2, 2, 19, 19], score: 0.9 }] as const },
  { image: images[1], detections: [{ label: 'dog', box: [20, 10, 30, 20], score: 0.8 }] as const },
  { image: images[2], detections: [] },
];

async function run(folder: string): Promise<void> {
  await using report = await RunReport.open(folder, options());
  await report.add({ kind: 'phase', phase: HOSTILE, step: 0, steps: 20, tensors: 3, parameters: 12_345 });
  for (let step = 1; step <= 20; step++) {
    await report.batch(batch());
    const broken = { skipped: true, gradientNorm: Number.POSITIVE_INFINITY };
    await report.add(stepEvent(step, step === 7 ? broken : {}));
  }
  await report.add({ kind: 'phase', phase: 'all', step: 20, steps: 20, tensors: 5, parameters: 54_321 });
  await report.add({
    kind: 'evaluation',
    step: 20,
    metrics: { AP50: 0.25, [HOSTILE]: 7 },
    seconds: 1,
    best: true,
  });
  report.leftOut([{ path: HOSTILE, reason: 'an empty box' }]);
  await report.validation({ step: 20, images: found, threshold: 0.3 }, read);
  await report.write();
}

describe('the report of a run', () => {
  let folder = '';
  let page = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'glip-run-'));
    await run(folder);
    page = await readFile(join(folder, 'report.html'), 'utf8');
  });

  it('leaves log, curves, page and pictures, and no temporary file', async () => {
    const files = (await readdir(folder, { recursive: true }))
      .map((file) => file.replaceAll('\\', '/'))
      .sort();
    expect(files).toEqual([
      'curves.svg',
      'metrics.jsonl',
      'pictures',
      'pictures/batch-1.jpg',
      'pictures/batch-2.jpg',
      'pictures/batch-3.jpg',
      'pictures/box-sizes.svg',
      'pictures/classes.svg',
      'pictures/misses.jpg',
      'pictures/validation-20.jpg',
      'report.html',
    ]);
  });

  it('says what was run, how fast, and how well', () => {
    for (const text of [
      '12,345',
      '20 of 40',
      '0.250',
      'waiting for pictures',
      '20.0 %',
      '1 step changed nothing',
    ])
      expect(page).toContain(text);
    expect(page).toMatch(/best AP50, at step 20<\/dt><dd>0\.250/);
    expect(page).toMatch(/pictures per second<\/dt><dd>8</);
  });

  it('escapes every text', async () => {
    const svgs = ['curves.svg', 'pictures/classes.svg', 'pictures/box-sizes.svg'];
    const texts = await Promise.all(svgs.map((name) => readFile(join(folder, name), 'utf8')));
    for (const text of [page, ...texts]) {
      expect(text).toContain('&lt;img');
      expect(text).not.toMatch(/<img src=x|<script|onerror=alert\(1\)>/);
    }
  });

  it('needs no other file and runs no script, by its own policy', () => {
    const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.filter((address) => /^data:(image\/webp;|,)/.test(address))).toHaveLength(6);
    const links = addresses.filter((address) => !address.startsWith('data:'));
    expect(links.every((link) => /^pictures\/[\w-]+\.jpg$/.test(link))).toBe(true);
    expect(page).toMatch(/Content-Security-Policy" content="default-src 'none'; style-src 'sha256-[\w+/=]+'/);
    expect(page.match(/<style/g)).toHaveLength(1); // styles of charts would be refused
    expect(page).not.toContain(' style=');
  });

  it('has curves with a line for each loss, in light and dark', async () => {
    const svg = await readFile(join(folder, 'curves.svg'), 'utf8');
    for (const title of [
      'Loss, weighted sum',
      'Learning rate',
      'Gradient norm',
      'Evaluations',
      'Pictures per second',
    ])
      expect(svg).toContain(title);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    await sharp(Buffer.from(svg)).png().toBuffer(); // well-formed
  });

  it('draws batches in their own colors, padding included', async () => {
    const { data, info } = await sharp(join(folder, 'pictures', 'batch-1.jpg'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number): number[] => [
      ...data.subarray(3 * (y * info.width + x)).subarray(0, 3),
    ];
    const [red, blue, padding] = [at(200, 140), at(700, 100), at(200, 410)];
    expect(red[0] - Math.max(red[1], red[2])).toBeGreaterThan(200);
    expect(blue[2] - Math.max(blue[0], blue[1])).toBeGreaterThan(200);
    const means = [...glipT.image.mean].reverse();
    for (const [c, value] of padding.entries()) expect(Math.abs(value - means[c])).toBeLessThan(8);
  });

  it('goes on after a resume: lost steps are replaced, pictures of before are kept', async () => {
    const batches = await readFile(join(folder, 'pictures', 'batch-1.jpg'));
    await writeFile(join(folder, 'pictures', 'validation-40.jpg'), 'of a step that was lost');
    {
      await using report = await RunReport.open(folder, options(20));
      await report.batch(batch());
      await report.add({ kind: 'phase', phase: 'all', step: 20, steps: 20, tensors: 5, parameters: 54_321 });
      for (let step = 21; step <= 40; step++) await report.add(stepEvent(step, { phase: 'all' }));
      await report.write();
    }
    expect(await readFile(join(folder, 'pictures', 'batch-1.jpg'))).toEqual(batches);
    const resumed = await readFile(join(folder, 'report.html'), 'utf8');
    expect(resumed).toContain('40 of 40');
    expect(resumed.match(/<img src="data:image\/webp;/g)).toHaveLength(5);
    expect(resumed).toContain('Batch 1 as the model sees it');
    expect(resumed).toContain('Validation at step 20');
    expect(await readdir(join(folder, 'pictures'))).not.toContain('validation-40.jpg');
    expect(resumed.match(/54,321/g)).toHaveLength(1);
  });

  it('stays below 1.5 MB with the largest pictures, and keeps the first, the best and the last validations', async () => {
    const long = await mkdtemp(join(tmpdir(), 'glip-run-'));
    // Noise, which no format compresses.
    const data = Uint8Array.from({ length: 400 * 300 * 3 }, (_, i) => (i * i * 31 + (i >> 3) * 17) % 253);
    const noisy: RawImage = { data, width: 400, height: 300, channels: 3 };
    const many = Array.from({ length: 40 }, (_, i) => ({
      image: { ...images[1], path: `${i}.jpg`, width: 400, height: 300 },
      detections: Array.from({ length: 30 }, (_, d) => ({
        label: 'dog',
        box: [10 * d, 5 * d, 10 * d + 60, 5 * d + 90] as const,
        score: 1 - d / 40,
      })),
    }));
    {
      await using report = await RunReport.open(long, options());
      for (let step = 1; step <= 7; step++) {
        const AP50 = step === 3 ? 0.9 : 0.1;
        const shown = step < 7 ? found : many;
        await report.validation({ step, images: shown, threshold: 0.3 }, async () => noisy);
        await report.add({ kind: 'evaluation', step, metrics: { AP50 }, seconds: 1, best: step === 3 });
      }
      await report.write();
    }
    expect((await readdir(join(long, 'pictures'))).filter((name) => name.startsWith('validation'))).toEqual(
      [1, 3, 5, 6, 7].map((step) => `validation-${step}.jpg`),
    );
    const text = await readFile(join(long, 'report.html'), 'utf8');
    expect(text.length).toBeLessThan(1.5e6 - (3 * 4e5) / 3); // with room for three batches
    expect(text).toContain('<a href="pictures/validation-3.jpg">step 3 (best)</a>');
    const sheet = await sharp(join(long, 'pictures/validation-7.jpg')).metadata();
    expect(sheet.width).toBeLessThan(1200); // shown as it is in a page
  });

  it('can be written before the first step', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'glip-run-'));
    await using report = await RunReport.open(empty, { ...options(), splits: new Map() });
    await report.validation({ step: 0, images: [], threshold: 0.3 }, read);
    await report.write();
    expect(await readFile(join(empty, 'report.html'), 'utf8')).toContain('No step was logged');
    expect(await readdir(empty)).toEqual(['curves.svg', 'metrics.jsonl', 'report.html']);
  });
});

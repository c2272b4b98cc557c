import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { detectionsOf, groundTruthOf, type Scale } from './made-up.js';

const USAGE =
  'usage: npm run metrics-speed -- [--images 5000] [--classes 80] [--detections 100] [--per-class] [--python PYTHON]';

/** Cost of one evaluation, as a program of its own reports it. */
interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
  readonly AP: number;
}

/**
 * Time and memory of COCO's figures over made-up detections: `npm run metrics-speed`, after `npm run build`. Each program runs in a
 * process of its own, from reading the JSON files to the figures. With `--python` pycocotools runs on the same files; with
 * `--per-class` every class of every image has that many detections, which are made while they are evaluated.
 */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      images: { type: 'string', default: '5000' },
      classes: { type: 'string', default: '80' },
      detections: { type: 'string', default: '100' },
      'per-class': { type: 'boolean', default: false },
      python: { type: 'string' },
    },
  });
  const [images, classes, detections] = [values.images, values.classes, values.detections].map(Number);
  if (![images, classes, detections].every((count) => Number.isSafeInteger(count) && count > 0)) {
    console.error(USAGE);
    return 2;
  }
  const scale: Scale = { images, classes, detections };
  if (values['per-class']) {
    console.log(
      `${images * classes * detections} detections: ${detections} for each of ${classes} classes in ${images} images`,
    );
    print('streamed', run(process.execPath, [script('stream.mjs'), JSON.stringify(scale)]));
    return 0;
  }
  console.log(
    `${images * detections} detections: ${detections} for each of ${images} images, ${classes} classes`,
  );
  const folder = mkdtempSync(join(tmpdir(), 'metrics-speed-'));
  try {
    const files = [join(folder, 'gt.json'), join(folder, 'dt.json')];
    writeFileSync(files[0], JSON.stringify(groundTruthOf(scale)));
    await writeDetections(files[1], scale);
    print('evaluateCoco', run(process.execPath, [script('files.mjs'), ...files]));
    if (values.python) print('pycocotools', run(values.python, [script('pycocotools_cost.py'), ...files]));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return 0;
}

async function writeDetections(file: string, scale: Scale): Promise<void> {
  const out = createWriteStream(file);
  for (let image = 0; image < scale.images; image++) {
    const text = detectionsOf(scale, image, scale.detections)
      .map((one) => JSON.stringify(one))
      .join(',');
    const whole = `${image === 0 ? '[' : ','}${text}${image === scale.images - 1 ? ']' : ''}`;
    if (!out.write(whole)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}

function script(name: string): string {
  return join(import.meta.dirname, name);
}

function run(program: string, args: readonly string[]): Cost {
  const lines = execFileSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .trim()
    .split('\n');
  return JSON.parse(lines[lines.length - 1]) as Cost;
}

function print(name: string, { seconds, cpuSeconds, peakMegabytes, AP }: Cost): void {
  const memory = `${Math.round(peakMegabytes)} MB at most`;
  console.log(
    `${name.padEnd(12)}  ${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor time), ${memory}, AP ${AP}`,
  );
}

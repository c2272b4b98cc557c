import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint, parameterSource } from '@glip-wgpu/checkpoint';
import { type CocoDetection, CocoEvaluator, type CocoObject } from '@glip-wgpu/detection-metrics';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Detection, estimateGlip, Glip, glipT, type ModelSource } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import {
  byteSource,
  type Device,
  f16ToF32,
  f32ToF16,
  openDevice,
  scope,
  writeSafetensors,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree, storedAs, type WeightDType } from '@glip-wgpu/tensor-wgpu/nn';
import { readImageFile } from '../packages/glip-cli/src/image-file.ts';

const FORMS: readonly WeightDType[] = ['f32', 'f16', 'q8'];
/** Largest change of a score, as a share of it, and of a box's sides, pixels. */
const NEAR = [
  [0.01, 0.5],
  [0.02, 1],
  [0.05, 2],
] as const;
const NAMES_PER_PROMPT = 6;
const SIDE = 320;
const TOKENS = 30;
const ROUNDS = 5;

/**
 * Changes with fewer bits for weights: `npm run measure -- --weights --data DIR [--images N]` compares the detections of
 * emoji-tiny on the validation pictures of Emoji World in DIR; with `--speed`, memory and time of GLIP-T's shapes.
 */
export async function measureWeights(args: readonly string[]): Promise<void> {
  using device = await openDevice();
  if (args.includes('--speed')) {
    await measureSpeed(device);
    return;
  }
  const value = (name: string): string | undefined => args[args.indexOf(name) + 1 || args.length];
  const data = value('--data');
  if (data === undefined) throw new Error('name the folder of Emoji World: --data DIR');
  await measureDetections(device, data, Number(value('--images') ?? 100));
}

interface Scenes {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly (CocoObject & { readonly image_id: number })[];
  readonly categories: readonly { readonly id: number; readonly name: string }[];
}

async function measureDetections(device: Device, data: string, count: number): Promise<void> {
  const scenes: Scenes = JSON.parse(readFileSync(join(data, 'val.json'), 'utf8'));
  const models: readonly [name: string, source: ModelSource, dtype: WeightDType][] = [
    ...FORMS.map((dtype) => [dtype, emojiTiny, dtype] as const),
    ['8 bits, a scale for each output', await withScalePerOutput(), 'f32'],
  ].map(([name, source, dtype]) => [name as string, source as ModelSource, dtype as WeightDType]);
  let exact: readonly Detection[][] = [];
  for (const [name, source, dtype] of models) {
    using glip = await Glip.load(source, { device, dtype });
    const { found, ap } = await detectAll(glip, data, scenes, count);
    if (dtype === 'f32' && exact.length === 0) exact = found;
    const shares = NEAR.map(([score, pixels]) => {
      const share = shareOf(exact, found, score, pixels);
      return `${(100 * share).toFixed(1)} % within ${100 * score} % and ${pixels} px`;
    });
    const total = exact.reduce((sum, { length }) => sum + length, 0);
    console.log(
      `${name}: ${shares.join(', ')} of ${total} detections on ${found.length} pictures; AP ${(100 * ap).toFixed(2)}; ` +
        `${(glip.parameterBytes / 1e6).toFixed(2)} MB`,
    );
  }
}

/** emoji-tiny with weights of 8 bits whose scales are shared by all inputs of an output, written as f32. */
async function withScalePerOutput(): Promise<ModelSource> {
  const source = parameterSource(await openCheckpoint(byteSource(readFileSync(emojiTiny.weights))));
  const entries = await Promise.all(
    [...source.names]
      .filter((name) => !/index$|position_ids$/.test(name))
      .map(async (name) => {
        const shape = source.shape(name) ?? [];
        const numbers = (await source.read(name)) as Float32Array;
        const stored = storedAs(shape, { dtype: 'q8' });
        const data = stored === 'q8' ? rounded(numbers, shape[0]) : numbers;
        return [
          name,
          { dtype: 'F32', shape, data: stored === 'f16' ? f16ToF32(f32ToF16(data)) : data },
        ] as const;
      }),
  );
  return { ...emojiTiny, weights: writeSafetensors(entries) };
}

function rounded(numbers: Float32Array, outputs: number): Float32Array {
  const inputs = numbers.length / outputs;
  return numbers.map((x, i) => {
    const row = Math.floor(i / inputs) * inputs;
    const scale = scales(numbers, row, inputs);
    return scale === 0 ? 0 : Math.round(x / scale) * scale;
  });
}

let last: { readonly numbers: Float32Array; readonly row: number; readonly scale: number } | undefined;

function scales(numbers: Float32Array, row: number, inputs: number): number {
  if (last?.numbers !== numbers || last.row !== row) {
    const most = numbers.subarray(row, row + inputs).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    last = { numbers, row, scale: most / 127 };
  }
  return last.scale;
}

/** Detections of all scores, for names in the picture and a few others. */
async function detectAll(
  glip: Glip,
  data: string,
  { images, annotations, categories }: Scenes,
  count: number,
) {
  const evaluator = new CocoEvaluator(categories);
  const found: Detection[][] = [];
  for (const { id, file_name: file } of images.slice(0, count)) {
    const own = annotations.filter(({ image_id }) => image_id === id);
    const ids = new Set(own.map(({ category_id }) => Number(category_id)));
    for (let i = id; ids.size < NAMES_PER_PROMPT; i += 7) ids.add(1 + (i % categories.length));
    const asked = categories.filter((one) => ids.has(one.id));
    const image = await readImageFile(join(data, 'val', file));
    const detections = await glip.detect(
      image,
      { categories: asked.map(({ name }) => name) },
      { threshold: 0 },
    );
    found.push([...detections]);
    const results = detections.map(({ label, box: [x1, y1, x2, y2], score }): CocoDetection => {
      const category = categories.find(({ name }) => name === label)?.id ?? 0;
      return { category_id: category, bbox: [x1, y1, x2 - x1, y2 - y1], score };
    });
    evaluator.add(id, own, results);
  }
  return { found, ap: evaluator.summarize().AP };
}

/** Share of detections that another model makes too, nearly. */
function shareOf(
  exact: readonly (readonly Detection[])[],
  found: readonly (readonly Detection[])[],
  score: number,
  pixels: number,
): number {
  let kept = 0;
  let all = 0;
  for (const [i, detections] of exact.entries()) {
    const near = (a: Detection, b: Detection): boolean =>
      a.label === b.label &&
      Math.abs(b.score / a.score - 1) <= score &&
      a.box.every((side, c) => Math.abs(side - b.box[c]) <= pixels);
    kept += detections.filter((a) => found[i].some((b) => near(a, b))).length;
    all += Math.max(detections.length, found[i].length);
  }
  return kept / all;
}

/** Memory by estimate, and interleaved passes with weights of zeros, whose time is that of any others. */
async function measureSpeed(device: Device): Promise<void> {
  const size = { imageSize: [800, 1344], tokens: TOKENS, phrases: 10 } as const;
  for (const dtype of FORMS) {
    const { parameterBytes, peakBytes } = estimateGlip(glipT, device.info, size, { dtype });
    const [weights, peak] = [parameterBytes, peakBytes].map((bytes) => (bytes / 1e6).toFixed(0));
    console.log(`GLIP-T as ${dtype}: weights ${weights} MB, peak at 800 x 1344 ${peak} MB`);
  }
  const image = device.tensor(new Float32Array(SIDE * SIDE * 4), [1, SIDE, SIDE, 4]);
  const ids = device.tensor(new Uint32Array(TOKENS).fill(5), [1, TOKENS]);
  const parts = FORMS.map((dtype) => {
    const model = network(ParameterTree.dry(device, undefined, { dtype }), glipT);
    const text = () => model.encodeText(ids);
    const hidden = text();
    return {
      dtype,
      text: [] as number[],
      rest: [] as number[],
      encode: text,
      ground: () => Object.values(model.ground(model.encodeImage(image), { hidden })),
    };
  });
  for (let round = -1; round < ROUNDS; round++) {
    for (const part of parts) {
      const [text, rest] = [await processorMs(device, part.encode), await processorMs(device, part.ground)];
      if (round < 0) continue; // compiles
      part.text.push(text);
      part.rest.push(rest);
    }
  }
  const least = (times: readonly number[]): string => `${Math.min(...times).toFixed(0)} ms`;
  for (const { dtype, text, rest } of parts) {
    console.log(
      `${dtype}: processor time of BERT with ${TOKENS} tokens ${least(text)}, of a picture of ${SIDE} x ${SIDE} ${least(rest)} (least of ${ROUNDS})`,
    );
  }
}

/** Processor time of all threads. */
async function processorMs(device: Device, body: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  scope(() => {
    body();
  });
  await device.finish();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

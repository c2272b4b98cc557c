import type { Project } from './project.ts';

/** A program that uses every library but those for Node alone. Lines that must not compile prove that nothing has become `any`. */
const PROGRAM = `
import { bert, WordPiece } from '@glip-wgpu/bert';
import { fromTransformersJs } from '@glip-wgpu/bert/xenova';
import { type Dataset, openDataset } from '@glip-wgpu/datasets';
import { nodeFiles } from '@glip-wgpu/datasets/node';
import { CocoEvaluator } from '@glip-wgpu/detection-metrics';
import { swin } from '@glip-wgpu/dyhead';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip, type ImageInput } from '@glip-wgpu/glip-core';
import { type Device, openDevice, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { biAttention } from '@glip-wgpu/xmha';

console.log(WordPiece, bert, fromTransformersJs, swin, ParameterTree, biAttention);
const device: Device = await openDevice({ powerPreference: 'low-power' });
const x: Tensor = device.tensor([1, 2], [2]);
const numbers: Float32Array = await x.read();
const dataset: Dataset = await openDataset(nodeFiles('data'));
for (const { box } of dataset.splits.get('train')?.[0].annotations ?? []) box[0].toFixed();
new CocoEvaluator([{ id: 1 }]).summarize().AP.toFixed();
const glip = await Glip.load(emojiTiny);
const image: ImageInput = { data: new Uint8Array(3), width: 1, height: 1, channels: 3 };
for (const { label, box } of await glip.detect(image, { categories: ['a dog'] })) label.padEnd(box[0]);
glip[Symbol.dispose]();
// @ts-expect-error: not a string
const url: string = emojiTiny.weights;
// @ts-expect-error: not a number
const shape: number = x.shape;
// @ts-expect-error: no such preference
await openDevice({ powerPreference: 'fast' });
// @ts-expect-error: not an image
const drawing: ImageInput = 42;
console.log(numbers, url, shape, drawing);
`;
const WITH_WEBGPU = `
const gpu: GPUDevice = device.gpu;
const mine: Device = await openDevice({ gpu: navigator.gpu });
const bitmap: ImageInput = await createImageBitmap(new ImageData(1, 1));
console.log(gpu, mine, bitmap);
`;
const ON_NODE = `
import { openMerged, planShards, queuePlace, type Settings, type ShardTask, workOnQueue } from '@glip-wgpu/glip-queue';

const settings: Settings = { task: 'sizes' };
const sizes: ShardTask = { settings, row: async (item) => ({ bytes: (await item.bytes()).length }) };
await planShards({ folder: 'shards', settings, sources: [{ kind: 'pictures', paths: ['a.jpg'], names: ['a.jpg'] }] });
const place = queuePlace('redis://localhost');
await workOnQueue(place, { task: async () => sizes, untilDone: true, signal: new AbortController().signal });
for await (const row of (await openMerged('shards')).rows()) Object.keys(row).join();
// @ts-expect-error: not a string
const redis: string = place;
// @ts-expect-error: no such source
await planShards({ folder: 'shards', settings, sources: [{ kind: 'video' }] });
console.log(redis);
`;

/** Kinds of user projects. */
export const KINDS = {
  'a page without WebGPU types': { lib: ['ES2022', 'DOM'], types: [], program: PROGRAM },
  'a page with @webgpu/types': {
    lib: ['ES2022', 'DOM'],
    types: ['@webgpu/types'],
    program: PROGRAM + WITH_WEBGPU,
  },
  'Node without DOM types': { lib: ['ES2022'], types: ['node'], program: PROGRAM + ON_NODE },
};
export type Kind = keyof typeof KINDS;
/** Libraries that run in browsers, Node and Deno alike. */
export const LIBRARIES = [
  'bert',
  'bert-base-uncased',
  'checkpoint',
  'datasets',
  'detection-metrics',
  'dyhead',
  'emoji-tiny',
  'glip-core',
  'glip-train',
  'tensor-wgpu',
  'xmha',
];
/** Those for Node alone, which no bundler takes. */
export const NODE_LIBRARIES = ['glip-queue'];

/** Installs what the checks need. `compiler` is a version of TypeScript. */
export async function installForTypes(project: Project, compiler: string): Promise<void> {
  const libraries = [...LIBRARIES, ...NODE_LIBRARIES].map((name) => `@glip-wgpu/${name}`).join(' ');
  await project.run(`npm install ${libraries}`);
  await project.run(`npm install --save-dev typescript@${compiler} @types/node@20 @webgpu/types@0.1.74`);
}

/**
 * Type errors in our declarations and in the program, with all declarations checked. From TypeScript 6 on
 * `@webgpu/types` and the compiler's own DOM types contradict each other; those findings are not ours.
 */
export async function typeErrors(
  project: Project,
  kind: Kind,
  module: 'nodenext' | 'bundler',
): Promise<string[]> {
  const { lib, types, program } = KINDS[kind];
  const compilerOptions = {
    target: 'ES2022',
    module: module === 'nodenext' ? 'nodenext' : 'esnext',
    moduleResolution: module,
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    lib,
    types,
  };
  project.write('program.ts', program);
  project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  const output = await project.run('npx tsc --pretty false || true');
  const theirs = /^node_modules\/(@webgpu\/types|typescript|@typescript)\//;
  return output
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith(' ') && !theirs.test(line));
}

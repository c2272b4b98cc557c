import { bert, encoderLayer } from '@glip-wgpu/bert';
import { dyConv, featurePyramid, swinStage } from '@glip-wgpu/dyhead';
import { glipT } from '@glip-wgpu/glip-core';
import { detectionHead } from '@glip-wgpu/glip-core/network';
import { type Device, estimate, scope, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { randomArray, randomIntegers } from '@glip-wgpu/tensor-wgpu/testing';
import { crossModalityFusion } from '@glip-wgpu/xmha';
import { type BenchCase, idOf } from './bench-case.ts';
import { checkRecorded } from './recorded.ts';

type Size = readonly [height: number, width: number];

/** A part of GLIP-T at one size: builds its parameters and inputs, and returns the function to run. */
interface Block {
  readonly subject: string;
  readonly name: string;
  readonly quick?: boolean;
  build(p: ParameterTree, given: Given): () => readonly Tensor[];
}

/** Makes inputs: random numbers, or on a device that computes nothing only their shapes. */
interface Given {
  numbers(...shape: number[]): Tensor;
  ids(below: number, ...shape: number[]): Tensor;
}

const SEED = 1;
const STRIDES = [8, 16, 32, 64, 128];
const { channels, head, swin: sizes, bert: text, fusion } = glipT;

/** The parts of GLIP-T with random weights, at the size of its benchmarks and at a small one. */
export function blockSuite(): BenchCase[] {
  return [...blocksAt([800, 1344], 30), ...blocksAt([160, 160], 30, true), ...textBlocks()].map(blockCase);
}

function blocksAt(size: Size, tokens: number, quick = false): Block[] {
  const name = `${size.join(' x ')}`;
  const pyramid = STRIDES.map((stride) => size.map((length) => Math.ceil(length / stride)));
  const levels = (given: Given): Tensor[] => pyramid.map(([h, w]) => given.numbers(1, h, w, channels));
  const stages = sizes.depths.map((depth, s): Block => {
    const dim = sizes.embedDim * 2 ** s;
    const [h, w] = size.map((length) => Math.ceil(length / (4 * 2 ** s)));
    return {
      subject: `swin stage ${s + 1}`,
      name,
      quick,
      build(p, given) {
        const stage = swinStage(p, { ...sizes, dim, depth, heads: sizes.heads[s] });
        const x = given.numbers(1, h, w, dim);
        return () => [stage(x)];
      },
    };
  });
  const widths = sizes.depths.map((_, s) => sizes.embedDim * 2 ** s).slice(1);
  return [
    ...stages,
    {
      subject: 'pyramid',
      name,
      quick,
      build(p, given) {
        const layer = featurePyramid(p, widths, channels);
        const maps = widths.map((width, s) => given.numbers(1, pyramid[s][0], pyramid[s][1], width));
        return () => layer(maps);
      },
    },
    {
      subject: 'fusion',
      name: `${name}, ${tokens} tokens`,
      quick,
      build(p, given) {
        const config = { ...(fusion ?? { heads: 8, dim: 2048 }), visualDim: channels, languageDim: text.dim };
        const layer = crossModalityFusion(p, { ...config, gamma: 1 / head.stages });
        const [maps, words] = [levels(given), given.numbers(1, tokens, text.dim)];
        return () => {
          const fused = layer(maps, words);
          return [...fused.levels, fused.text];
        };
      },
    },
    {
      subject: 'dyconv',
      name,
      quick,
      build(p, given) {
        const layer = dyConv(p, { channels, normGroups: head.normGroups, normEps: head.normEps });
        const maps = levels(given);
        return () => layer(maps);
      },
    },
    {
      subject: 'head',
      name: `${name}, ${tokens} tokens`,
      quick,
      build(p, given) {
        const predict = detectionHead(p, glipT);
        const [maps, words] = [levels(given), given.numbers(1, tokens, text.dim)];
        return () => Object.values(predict(maps, words) as unknown as Record<string, Tensor>);
      },
    },
  ];
}

function textBlocks(): Block[] {
  const layer = (tokens: number): Block => ({
    subject: 'bert layer',
    name: `${tokens} tokens`,
    quick: tokens < 100,
    build(p, given) {
      const encode = encoderLayer(p, text);
      const x = given.numbers(1, tokens, text.dim);
      return () => [encode(x)];
    },
  });
  const whole: Block = {
    subject: 'bert',
    name: '30 tokens',
    build(p, given) {
      const encode = bert(p, text);
      const ids = given.ids(text.vocabSize, 1, 30);
      return () => [encode(ids)];
    },
  };
  return [layer(30), layer(256), whole];
}

function blockCase({ subject, name, quick = false, build }: Block): BenchCase {
  const id = idOf({ suite: 'blocks', subject, name });
  return {
    suite: 'blocks',
    subject,
    name,
    quick,
    estimate: (like) =>
      estimate(like, (device) => scope(() => build(ParameterTree.dry(device), shapesOnly(device))())),
    async prepare({ device }) {
      const p = ParameterTree.random(device, SEED);
      const made: Tensor[] = [];
      const body = build(p, randomNumbers(device, made));
      return {
        kind: 'gpu',
        body,
        check: (outputs) => checkRecorded(device, id, outputs),
        [Symbol.dispose]() {
          for (const tensor of made) tensor.dispose();
          p.dispose();
        },
      };
    },
  };
}

function randomNumbers(device: Device, made: Tensor[]): Given {
  const keep = (tensor: Tensor): Tensor => {
    made.push(tensor);
    return tensor;
  };
  return {
    numbers: (...shape) => keep(device.tensor(randomArray(shape, `input ${made.length}`).data, shape, 'f32')),
    ids: (below, ...shape) =>
      keep(device.tensor(Uint32Array.from(randomIntegers(shape, below, 'ids').data), shape)),
  };
}

function shapesOnly(device: Device): Given {
  return {
    numbers: (...shape) => device.empty(shape),
    ids: (_, ...shape) => device.empty(shape, 'u32'),
  };
}

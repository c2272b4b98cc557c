import { Glip } from '@glip-wgpu/glip-core';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { specs } from '@glip-wgpu/tensor-wgpu/specs';
import { checkCase, prepareCase } from '@glip-wgpu/tensor-wgpu/testing';
import expectedLosses from '../../packages/glip-train/src/testing/eight-pictures.losses.json';
import {
  eightPictures,
  falls,
  largestDifference,
  TOLERANCE,
  twentyLosses,
} from '../../packages/glip-train/src/testing/eight-pictures.ts';
import { decodeRaw } from '../../packages/glip-train/src/testing/raw-pictures.ts';

declare const Deno: {
  readonly args: readonly string[];
  readFile(path: string): Promise<Uint8Array>;
  readTextFile(path: string): Promise<string>;
  exit(code: number): never;
};

// Every kernel that needs no subgroups, or one detection and twenty steps of training, on Deno's WebGPU: another compiler for
// the same WGSL (naga), and the third platform that the packages promise. Run by scripts/deno.mjs.

const [part, model, picture, scenes] = Deno.args;
let passed = 0;
const failures: string[] = [];
if (part === 'kernels') await checkKernels();
else {
  await checkDetection();
  await checkTraining();
}
for (const failure of failures) console.error(failure);
console.log(`${part}: ${passed} of ${passed + failures.length} checks hold in Deno`);
Deno.exit(failures.length === 0 && passed > 0 ? 0 : 1);

async function checkKernels(): Promise<void> {
  using device = await openDevice({ features: [] });
  console.log(`Deno on ${device.info.adapter.description || device.info.adapter.device}`);
  for (const spec of specs) {
    for (const [title, given] of Object.entries(spec.cases)) {
      try {
        await checkCase(device, prepareCase(spec, given));
        passed += 1;
      } catch (error) {
        failures.push(`${spec.name}, ${title}: ${error instanceof Error ? error.message : error}`);
        if (failures.length >= 5) break;
      }
    }
  }
}

async function checkDetection(): Promise<void> {
  try {
    const { pixels, expected } = JSON.parse(await Deno.readTextFile(picture)) as {
      pixels: { data: number[]; width: number; height: number; channels: 3 };
      expected: { label: string; box: number[]; score: number }[];
    };
    using glip = await Glip.load(model, { features: [] });
    const image = { ...pixels, data: Uint8Array.from(pixels.data) };
    const categories = [...new Set(expected.map(({ label }) => label))].sort();
    const found = await glip.detect(image, { categories });
    const same =
      found.length === expected.length &&
      expected.every(({ label, box, score }) =>
        found.some(
          (other) =>
            other.label === label &&
            Math.abs(other.score - score) < 1e-3 &&
            other.box.every((value, i) => Math.abs(value - box[i]) < 0.05),
        ),
      );
    if (!same) throw new Error(`found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
    passed += 1;
  } catch (error) {
    failures.push(`a detection: ${error instanceof Error ? error.message : error}`);
  }
}

async function checkTraining(): Promise<void> {
  try {
    using own = await openDevice({ features: [] });
    const dataset = await eightPictures((path) => Deno.readFile(`${scenes}/${path}`));
    for (const trains of ['linear', 'all'] as const) {
      const losses = await twentyLosses(own, { model, dataset, decode: decodeRaw, trains });
      const difference = largestDifference(losses, expectedLosses[trains]);
      console.log(
        `twenty steps of training, ${trains}: losses differ from Node's by ${difference.toExponential(1)}`,
      );
      if (!(difference < TOLERANCE)) throw new Error(`${trains} has the losses ${losses.join(', ')}`);
      if (!falls(losses)) throw new Error(`the losses of ${trains} do not fall: ${losses.join(', ')}`);
      passed += 1;
    }
  } catch (error) {
    failures.push(`training: ${error instanceof Error ? error.message : error}`);
  }
}

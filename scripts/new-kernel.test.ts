import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';

// `npm run new:kernel` in a copy of the sources.

const root = new URL('../', import.meta.url).pathname;
const copy = `${root}.cache/new-kernel/`;
const src = `${copy}packages/tensor-wgpu/src/`;

const make = (...args: string[]) =>
  spawnSync(process.execPath, [`${copy}scripts/new-kernel.mjs`, ...args], { encoding: 'utf8' });

beforeAll(() => {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(`${copy}scripts`, { recursive: true });
  cpSync(`${root}packages/tensor-wgpu/src`, src, { recursive: true });
  cpSync(`${root}scripts/new-kernel.mjs`, `${copy}scripts/new-kernel.mjs`);
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

it('a new kernel is listed once and passes its own tests, gradients included', async () => {
  const { status, stdout } = make('half-step');
  expect({ status, stdout }).toMatchObject({ status: 0 });
  for (const file of ['index.ts', 'specs.ts']) {
    const lines = readFileSync(src + file, 'utf8').split('\n');
    expect(lines.filter((line) => line.includes('half-step'))).toHaveLength(1);
  }
  const { specs } = await import(`${src}specs.ts`);
  const { openDevice } = await import(`${src}index.ts`);
  const { checkCase, checkGradient, prepareCase } = await import(`${src}testing/index.ts`);
  const spec = specs.find(({ name }: { name: string }) => name === 'half-step');
  const devices = [
    await openDevice(),
    await openDevice({
      limits: { maxComputeWorkgroupsPerDimension: 5, maxStorageBufferBindingSize: 256 * 1024 },
    }),
  ];
  expect(Object.keys(spec.cases).length).toBeGreaterThanOrEqual(4);
  for (const given of Object.values(spec.cases)) {
    const prepared = prepareCase(spec, given);
    for (const device of devices) await checkCase(device, prepared);
  }
  await checkGradient(devices[0], prepareCase(spec, spec.cases['odd sizes']), 'x');
  for (const device of devices) device.dispose();
});

it('a name that exists or is none is refused, and nothing is written', () => {
  const before = readFileSync(`${src}index.ts`, 'utf8');
  for (const [name, reason] of [
    ['layer-norm', /exists already/],
    ['open-device', /already exported/],
    ['LayerNorm', /lower-case letters/],
    ['../x', /lower-case letters/],
    ['', /lower-case letters/],
  ] as const) {
    const { status, stderr } = make(name);
    expect(status).toBe(1);
    expect(stderr).toMatch(reason);
  }
  expect(readFileSync(`${src}index.ts`, 'utf8')).toBe(before);
});

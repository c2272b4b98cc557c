import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { specs } from '@glip-wgpu/tensor-wgpu/specs';
import { afterAll, expect, it } from 'vitest';
import { testEdits } from './playground.ts';
import { filesOf, wgslFiles } from './sources.ts';

const device = await openDevice();
afterAll(() => device.dispose());

it('every kernel has files to edit, one of its own folder first', () => {
  const folders = new Set([...wgslFiles.keys()].map((file) => file.split('/').slice(0, -1).join('/')));
  for (const spec of specs) {
    const [first] = filesOf(spec, device.info);
    const own = `kernels/${spec.name}`;
    expect(first, spec.name).toMatch(folders.has(own) ? `${own}/` : '.wgsl');
  }
});

it('a compiler message names the line of the file that was edited', async () => {
  const file = 'kernels/layer-norm/layer-norm.wgsl';
  const text = wgslFiles.get(file) ?? '';
  const edited = text.replace('index, params.rows', 'index, missing_name');
  const { messages } = await testEdits('layer-norm', new Map([[file, edited]]));
  const line = edited.split('\n').findIndex((one) => one.includes('missing_name')) + 1;
  expect(messages).toMatchObject([{ type: 'error', file, line }]);
});

it('a compiler message about a part that no file holds shows the line of the linked source', async () => {
  const file = 'kernels/layer-norm/layer-norm.wgsl';
  const edited = (wgslFiles.get(file) ?? '').replace('x: array<x_element>', 'x: array<u32>');
  const { messages } = await testEdits('layer-norm', new Map([[file, edited]]));
  const linked = messages.filter(({ file }) => file === undefined);
  expect(linked.map(({ source }) => source)).toContainEqual(expect.stringContaining('x['));
});

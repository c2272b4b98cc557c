import { expect, it } from 'vitest';
import { linkKernel } from './link-kernel.ts';

const SOURCES = [
  'const N = 4u;',
  '@group(0) @binding(0) var<storage, read> x: array<f32>;\n@group(1) @binding(0) var<uniform> params: Params;',
];

it('a linked kernel begins with its directives and holds its sources in their order', () => {
  const code = linkKernel({ wgsl: SOURCES, enables: ['f16', 'subgroups'], reads: ['x'], writes: ['y'] });
  expect(code).toMatch(/^enable f16;\nenable subgroups;\n/);
  expect(code).toMatch(/fn workgroup_index.*const N = 4u;\n@group\(0\) @binding\(0\) var<storage, read> x/s);
});

it('the parameters of a linked kernel are the last binding of its tensors', () => {
  const code = linkKernel({ wgsl: SOURCES, reads: ['x'], writes: ['y', 'z'] });
  expect(code).toContain('@group(0) @binding(3) var<uniform> params');
  expect(code).not.toContain('@group(1)');
});

// `npm run new:kernel NAME`: creates a kernel's folder with a small example that passes, and lists it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../packages/tensor-wgpu/src/', import.meta.url));
const [name = '', ...rest] = process.argv.slice(2);

try {
  if (rest.length > 0 || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    throw new Error(
      'npm run new:kernel NAME: NAME consists of lower-case letters, digits and single hyphens, such as layer-norm',
    );
  }
  layOut();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

function layOut() {
  const camel = name.replaceAll(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const folder = `${src}kernels/${name}/`;
  if (existsSync(folder)) throw new Error(`packages/tensor-wgpu/src/kernels/${name} exists already`);
  const index = readFileSync(`${src}index.ts`, 'utf8');
  if (new RegExp(`\\b${camel}\\b`).test(index))
    throw new Error(`${camel} is already exported by tensor-wgpu`);
  const files = {
    [`kernels/${name}/${name}.wgsl`]: wgsl(),
    [`kernels/${name}/${name}.ts`]: operation(camel),
    [`kernels/${name}/${name}.spec.ts`]: spec(camel),
    'index.ts': withExport(index, `export { ${camel} } from './kernels/${name}/${name}.ts';`),
    'specs.ts': withSpec(readFileSync(`${src}specs.ts`, 'utf8'), camel),
  };
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) {
    writeFileSync(src + file, text);
    console.log(`packages/tensor-wgpu/src/${file}`);
  }
  console.log(`\nnext: npx vitest --project node kernels/kernels -t ${name}`);
}

/** The line among those of other kernels, by the order of their folders. */
function withExport(index, line) {
  const lines = index.split('\n');
  const from = (text) => /from '(\.\/kernels\/[^']+)'/.exec(text)?.[1];
  const after = lines.findIndex((text) => (from(text) ?? '') > from(line));
  const end = lines.findLastIndex((text) => from(text)) + 1;
  lines.splice(after < 0 ? end : startOf(lines, after), 0, line);
  return lines.join('\n');
}

/** The first line of a statement that ends on this one. */
function startOf(lines, end) {
  let start = end;
  while (!/^(export|import)\b/.test(lines[start])) start -= 1;
  return start;
}

function withSpec(specs, camel) {
  const withImport = withExport(specs, `import ${camel} from './kernels/${name}/${name}.spec.ts';`);
  const end = withImport.lastIndexOf('];');
  return `${withImport.slice(0, end)}  ${camel} as unknown as KernelSpec,\n${withImport.slice(end)}`;
}

function wgsl() {
  return `// y = factor * x + 1, element by element. One invocation per element. (An example: replace it.)

override WORKGROUP_SIZE: u32 = 64u;

struct Params { size: u32, factor: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;        // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f32>;  // [size]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.size { return; }
  y[i] = params.factor * x[i] + 1.0;
}
`;
}

function operation(camel) {
  return `import { defineKernel } from '../../kernel.ts';
import { record } from '../../tape.ts';
import type { Tensor } from '../../tensor.ts';
import { affine } from '../elementwise/elementwise.ts';
import wgsl from './${name}.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: '${name}', // = folder = GPU label = benchmark row
  wgsl: [wgsl],
  reads: ['x'],
  writes: ['y'],
  params: { size: 'u32', factor: 'f32' },
  invocations: ({ size }) => size,
  flops: ({ size }) => 2 * size,
});

/** factor * x + 1: any shape -> the same. */
export function ${camel}(x: Tensor, factor: number): Tensor {
  const y = x.device.empty(x.shape);
  const slice = { param: 'size', per: { x: 1, y: 1 } } as const; // where a binding would be too large
  kernel.dispatch({ x, y }, { size: x.size, factor }, { slice });
  return record(y, [x], [], (dy) => [affine(dy, factor, 0)]);
}
`;
}

function spec(camel) {
  return `import { kernelSpec, NdArray } from '../../testing/index.ts';
import { ${camel} } from './${name}.ts';

interface Options {
  readonly factor: number;
}

export default kernelSpec({
  name: '${name}',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { factor }: Options) => ${camel}(x, factor),
  reference: ({ x }, { factor }) => NdArray.fill(x.shape, (...at) => factor * x.get(...at) + 1),
  cases: {
    'one element': { inputs: { x: [1] }, options: { factor: 2 } },
    'odd sizes': { inputs: { x: [3, 7] }, options: { factor: -0.5 } },
    'past a workgroup': { inputs: { x: [2, 133] }, options: { factor: 3 } },
    'elements past 256 KiB': { inputs: { x: [70001] }, options: { factor: 1.5 } },
  },
  bench: { 'p3 of GLIP-T at 800x1344': { inputs: { x: [1, 100, 168, 256] }, options: { factor: 2 } } },
});
`;
}

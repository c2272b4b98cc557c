import { createHash } from 'node:crypto';
import type { Page } from 'playwright';
import { LIBRARIES } from '../peers/libraries.ts';

// Tiny libraries in place of the real ones, for tests: jax-js gives right products, tfjs wrong ones, and of
// onnxruntime-web another file comes than was asked for. They go through the same adapters.

const PRODUCT = `
function product(a, b, m, k, n) {
  const y = new Float32Array(m * n);
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++)
      for (let j = 0, x = a[i * k + l]; j < n; j++) y[i * n + j] += x * b[l * n + j];
  return y;
}`;

const JAX = `
import { backend } from "./BACKEND";
${PRODUCT}
class Matrix {
  constructor(data, shape) { Object.assign(this, { values: data, shape }); }
  get ref() { return this; }
  reshape(shape) { return new Matrix(this.values, shape); }
  slice() { return new Matrix(this.values.slice(-4), [4]); }
  async data() { return this.values; }
  dispose() {}
}
export const numpy = {
  array: (data) => new Matrix(data, [data.length]),
  matmul: (a, b) => new Matrix(product(a.values, b.values, ...a.shape, b.shape[1]), [a.shape[0], b.shape[1]]),
};
export const nn = {};
export const lax = {};
export const jit = (compute) => compute;
export const init = async (name) => { if ((await backend()).name !== name) throw new Error('no ' + name); };
export const defaultDevice = () => {};
`;

const TFJS = `
${PRODUCT}
const tensor = (values, shape) => ({ shape, data: async () => values, dispose() {} });
globalThis.tf = {
  tensor: (values, shape) => ({ ...tensor(values, shape), values }),
  matMul(a, b) {
    const y = product(a.values, b.values, ...a.shape, b.shape[1]).map((value) => 1.01 * value);
    return { ...tensor(y, [a.shape[0], b.shape[1]]), values: y };
  },
  slice: (x) => tensor(x.values.slice(-4), [1, 4]),
  tidy: (body) => body(),
};`;

const paths = LIBRARIES.flatMap(({ files }) => Object.keys(files));
const nameOf = (part: string): string =>
  paths
    .find((path) => path.includes(part))
    ?.split('/')
    .at(-1) ?? '';

function contentOf(path: string): string {
  const name = path.split('/').at(-1) ?? '';
  if (name === 'index.js') return JAX.replace('BACKEND', nameOf('/backend-'));
  if (name.startsWith('rolldown-runtime')) return 'export const name = "webgpu";';
  if (name.startsWith('backend-')) return `export const backend = () => import("./${nameOf('/webgpu-')}");`;
  if (name.startsWith('webgpu-')) return `export { name } from "./${nameOf('/rolldown-runtime')}";`;
  if (name.startsWith('tf-backend')) return 'globalThis.tf.setBackend = async (name) => name === "webgpu";';
  return TFJS;
}

/** Serves these libraries from a host, and lets the page expect them in place of the real ones. */
export async function serveStubs(page: Page, host: string): Promise<void> {
  const known = LIBRARIES.filter(({ name }) => name !== 'onnxruntime-web');
  const hashes = known.flatMap(({ files }) =>
    Object.entries(files).map(([path, { sha384 }]) => {
      const stub = createHash('sha384').update(contentOf(path)).digest('base64');
      return [sha384, stub] as const;
    }),
  );
  await page.route('**/assets/*.js', async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    const body = hashes.reduce((code, [real, stub]) => code.replaceAll(real, stub), text);
    await route.fulfill({ response, body });
  });
  await page.route(`${host}**`, (route) =>
    route.fulfill({
      body: contentOf(new URL(route.request().url()).pathname),
      headers: { 'access-control-allow-origin': '*' },
    }),
  );
}

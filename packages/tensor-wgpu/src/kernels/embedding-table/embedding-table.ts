import { defineKernel } from '../../kernel.ts';
import { expectShape, type Shape, type Tensor } from '../../tensor.ts';
import { full } from '../elementwise/apply.ts';
import wgsl from './embedding-table.wgsl';
import nextWgsl from './next-ids.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'embedding-table',
    variant: `embedding-table ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['dy', 'ids', 'next'],
    writes: ['dtable'],
    params: { first: 'u32', count: 'u32', first_item: 'u32', items: 'u32', rows: 'u32', width: 'u32' },
    invocations: ({ items, width }) => items * width,
    flops: ({ count, width }) => (element === 'vec4f' ? 4 : 1) * count * width,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

const nextIds = /* @__PURE__ */ defineKernel({
  name: 'embedding-table',
  variant: 'embedding-table next-ids',
  wgsl: [nextWgsl],
  reads: ['ids'],
  writes: ['next'],
  params: { count: 'u32', rows: 'u32' },
  invocations: ({ count }) => count,
});

/**
 * The gradient of `embedding` for its table: each row is the sum of dy at the places that read it, in the same order
 * each time. For N ids it takes N additions of C and N * N / 4 comparisons, or V * N * C / 4 where these are fewer.
 *
 * @param shape  [V, C] of the table
 * @param dy     [..., C]
 * @param ids    u32 [...]
 * @returns      [V, C]
 * @throws ShapeError if the shapes do not fit
 */
export function embeddingTable(shape: Shape, dy: Tensor, ids: Tensor): Tensor {
  const [rows, width] = shape;
  expectShape('embeddingTable', { dy }, [...ids.shape, width]);
  const { device } = dy;
  const most = device.info.limits.maxStorageBufferBindingSize;
  const count = ids.size;
  const vec4 = width % 4 === 0;
  const across = vec4 ? width / 4 : width;
  // Rows that are looked up by id must be bound whole, and so must their terms.
  const linked = count <= rows * across && Math.max(4 * rows * width, dy.bytes) <= most;
  const dtable = linked ? full(device, shape) : device.empty(shape);
  const next = linked ? device.empty([count], 'u32') : ids;
  if (linked) nextIds.dispatch({ ids, next }, { count, rows });
  const ranges = { dy: width, ids: 1, ...(linked ? {} : { next: 1 }) };
  (vec4 ? quads : scalars).dispatch(
    { dy, ids, next, dtable },
    { first: 0, count, first_item: 0, items: linked ? count : rows, rows, width: across },
    {
      constants: { LINKED: Number(linked) },
      slice:
        dy.bytes > most
          ? { param: 'count', start: 'first', per: ranges }
          : { param: 'items', start: 'first_item', per: linked ? {} : { dtable: width } },
    },
  );
  if (linked) next.dispose();
  return dtable;
}

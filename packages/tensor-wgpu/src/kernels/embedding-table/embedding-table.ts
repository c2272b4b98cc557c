import { defineKernel } from '../../kernel.ts';
import { expectShape, type Shape, type Tensor } from '../../tensor.ts';
import { filled } from '../elementwise/elementwise.ts';
import wgsl from './embedding-table.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'embedding-table',
    variant: `embedding-table ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['dy', 'ids'],
    writes: ['dtable'],
    params: { first: 'u32', count: 'u32', first_item: 'u32', items: 'u32', rows: 'u32', width: 'u32' },
    invocations: ({ items, width }) => items * width,
    flops: ({ count, width }) => (element === 'vec4f' ? 4 : 1) * count * width,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/**
 * The gradient of `embedding` for its table: each row is the sum of dy where it was taken, in the same order each time.
 * For N ids it takes min(V, N) * N * C / 4 comparisons and N * C additions.
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
  // Rows that are visited by id must be bound whole, and so must what is added to them.
  const byId = count < rows && Math.max(4 * rows * width, dy.bytes) <= most;
  const dtable = byId ? filled(device, shape) : device.empty(shape);
  (vec4 ? quads : scalars).dispatch(
    { dy, ids, dtable },
    {
      first: 0,
      count,
      first_item: 0,
      items: byId ? count : rows,
      rows,
      width: vec4 ? width / 4 : width,
    },
    {
      constants: { BY_ID: Number(byId) },
      slice:
        dy.bytes > most
          ? { param: 'count', start: 'first', per: { dy: width, ids: 1 } }
          : { param: 'items', start: 'first_item', per: byId ? {} : { dtable: width } },
    },
  );
  return dtable;
}

import { defineKernel } from '../../kernel.ts';
import { expectShape, type Shape, type Tensor } from '../../tensor.ts';
import wgsl from './embedding-table.wgsl';

const LANES = 64;

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'embedding-table',
    variant: `embedding-table ${element}`,
    wgsl: [`alias element = ${element};\n`, wgsl],
    reads: ['dy', 'ids'],
    writes: ['dtable'],
    params: {
      first: 'u32',
      count: 'u32',
      first_row: 'u32',
      rows: 'u32',
      all_rows: 'u32',
      width: 'u32',
      across: 'u32',
    },
    workgroupSize: LANES,
    workgroups: ({ rows, across }) => rows * across,
    flops: ({ count, width }) => (element === 'vec4f' ? 4 : 1) * count * width,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/**
 * The gradient of `embedding` for its table: each row is the sum of dy where it was taken, in the same order each time.
 * Every row looks at every id, 64 at a time: rows * ids / 64 looks, and ids * C additions.
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
  const dtable = device.empty(shape);
  const vec4 = width % 4 === 0;
  const columns = vec4 ? width / 4 : width;
  const lanes = Math.min(LANES, device.info.limits.maxComputeInvocationsPerWorkgroup);
  const cutIds = dy.bytes > device.info.limits.maxStorageBufferBindingSize;
  (vec4 ? quads : scalars).dispatch(
    { dy, ids, dtable },
    {
      first: 0,
      count: ids.size,
      first_row: 0,
      rows,
      all_rows: rows,
      width: columns,
      across: Math.ceil(columns / lanes),
    },
    {
      slice: cutIds
        ? { param: 'count', start: 'first', per: { dy: width, ids: 1 } }
        : { param: 'rows', start: 'first_row', per: { dtable: width } },
    },
  );
  return dtable;
}

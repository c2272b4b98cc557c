import { defineKernel } from '../../kernel.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import wgsl from './embedding.wgsl';

const define = (element: 'f32' | 'vec4f') =>
  defineKernel({
    name: 'embedding',
    variant: `embedding ${element}`,
    wgsl: [`alias table_element = ${element};\nalias y_element = ${element};\n`, wgsl],
    reads: ['table', 'ids'],
    writes: ['y'],
    params: { count: 'u32', width: 'u32', rows: 'u32' },
    invocations: ({ count, width }) => count * width,
  });
const scalars = /* @__PURE__ */ define('f32');
const quads = /* @__PURE__ */ define('vec4f');

/**
 * Rows of a table.
 *
 * @param table  [V, C]
 * @param ids    u32 [...], each below V
 * @returns      [..., C]
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  expectRank('embedding', 'table', table, 2);
  const [rows, width] = table.shape;
  const y = table.device.empty([...ids.shape, width]);
  const slice = { param: 'count', per: { ids: 1, y: width } } as const;
  const vec4 = width % 4 === 0;
  (vec4 ? quads : scalars).dispatch(
    { table, ids, y },
    { count: ids.size, width: vec4 ? width / 4 : width, rows },
    { slice },
  );
  return withoutGradient('embedding', y, [table]);
}

import { defineKernel } from '../../kernel.ts';
import { withoutGradient } from '../../tape.ts';
import { expectRank, type Tensor } from '../../tensor.ts';
import wgsl from './embedding.wgsl';

const kernel = /* @__PURE__ */ defineKernel({
  name: 'embedding',
  wgsl: [wgsl],
  reads: ['table', 'ids'],
  writes: ['y'],
  params: { count: 'u32', width: 'u32', rows: 'u32' },
  invocations: ({ count, width }) => count * width,
});

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
  kernel.dispatch({ table, ids, y }, { count: ids.size, width, rows }, { slice });
  return withoutGradient('embedding', y, [table]);
}

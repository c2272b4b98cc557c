import { defineKernel, type Kernel } from '../../kernel.ts';
import { firstScale } from '../../q8.ts';
import { record } from '../../tape.ts';
import { type DType, expectRank, type Tensor } from '../../tensor.ts';
import { quadReader, quadWriter, scaleReader } from '../../wgsl/quads.ts';
import { embeddingTable } from '../embedding-table/embedding-table.ts';
import wgsl from './embedding.wgsl';

type Embedding = Kernel<'table' | 'ids', 'y', 'count' | 'width' | 'rows' | 'scales'>;

const kernels = new Map<string, Embedding>();

function kernelFor(vec4: boolean, dtype: DType): Embedding {
  const variant = `embedding ${vec4} ${dtype}`;
  const kernel =
    kernels.get(variant) ??
    defineKernel({
      name: 'embedding',
      variant,
      wgsl: [quadReader('table', vec4, dtype), scaleReader('table', dtype), quadWriter('y', vec4), wgsl],
      reads: ['table', 'ids'],
      writes: ['y'],
      params: { count: 'u32', width: 'u32', rows: 'u32', scales: 'u32' },
      invocations: ({ count, width }) => count * Math.ceil(width / 4),
    });
  kernels.set(variant, kernel);
  return kernel;
}

/**
 * Rows of a table.
 *
 * @param table  [V, C], f32, f16 or q8
 * @param ids    u32 [...], each below V
 * @returns      [..., C]
 */
export function embedding(table: Tensor, ids: Tensor): Tensor {
  expectRank('embedding', 'table', table, 2);
  const [rows, width] = table.shape;
  const y = table.device.empty([...ids.shape, width]);
  kernelFor(width % 4 === 0, table.dtype).dispatch(
    { table, ids, y },
    { count: ids.size, width, rows, scales: firstScale(table) },
    { slice: { param: 'count', per: { ids: 1, y: width } } },
  );
  return record(y, [table], [ids], (dy) => [embeddingTable(table.shape, dy, ids)]);
}

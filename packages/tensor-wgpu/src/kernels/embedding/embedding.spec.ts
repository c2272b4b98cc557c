import { kernelSpec, NdArray } from '../../testing/index.ts';
import { embedding } from './embedding.ts';

export default kernelSpec({
  name: 'embedding',
  inputs: ['table', 'ids'],
  differentiable: ['table'],
  run: ({ table, ids }) => embedding(table, ids),
  reference: ({ table, ids }) =>
    NdArray.fill([...ids.shape, table.dim(1)], (...at) =>
      table.get(ids.get(...at.slice(0, -1)), at[at.length - 1]),
    ),
  cases: {
    'one element': { inputs: { table: [1, 1], ids: { shape: [1], below: 1 } }, options: {} },
    'odd sizes': { inputs: { table: [9, 5], ids: { shape: [2, 7], below: 9 } }, options: {} },
    'past a workgroup': { inputs: { table: [30, 16], ids: { shape: [40], below: 30 } }, options: {} },
    'f16, odd sizes': {
      inputs: { table: { shape: [9, 5], dtype: 'f16' }, ids: { shape: [2, 7], below: 9 } },
      options: {},
    },
    'f16 in quads': {
      inputs: { table: { shape: [30, 16], dtype: 'f16' }, ids: { shape: [40], below: 30 } },
      options: {},
    },
    'q8, odd rows of two groups': {
      inputs: { table: { shape: [9, 37], dtype: 'q8' }, ids: { shape: [2, 7], below: 9 } },
      options: {},
    },
    'q8 in quads': {
      inputs: { table: { shape: [30, 48], dtype: 'q8' }, ids: { shape: [40], below: 30 } },
      options: {},
    },
    'rows past 256 KiB': { inputs: { table: [30, 64], ids: { shape: [1100], below: 30 } }, options: {} },
  },
  bench: {
    'bert words': { inputs: { table: [30522, 768], ids: { shape: [256], below: 30522 } }, options: {} },
  },
});

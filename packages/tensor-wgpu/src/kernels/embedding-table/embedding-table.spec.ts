import { kernelSpec, NdArray } from '../../testing/index.ts';
import { embeddingTable } from './embedding-table.ts';

export default kernelSpec({
  name: 'embedding-table',
  inputs: ['dy', 'ids'],
  differentiable: [],
  backwardOf: 'embedding',
  run: ({ dy, ids }, { rows }: { readonly rows: number }) => embeddingTable([rows, dy.dim(-1)], dy, ids),
  reference({ dy, ids }, { rows }) {
    const width = dy.dim(-1);
    return NdArray.fill([rows, width], (row, c) => {
      let total = 0;
      for (const [n, id] of ids.data.entries()) {
        if (Math.min(id, rows - 1) === row) total += dy.data[n * width + c];
      }
      return total;
    });
  },
  tolerance: { atol: 2e-5, because: 'sums of tens of values of size 1' },
  cases: {
    'one element': { inputs: { dy: [1, 1], ids: { shape: [1], below: 1 } }, options: { rows: 1 } },
    'odd sizes, rows that do not occur': {
      inputs: { dy: [2, 7, 5], ids: { shape: [2, 7], below: 9 } },
      options: { rows: 11 },
    },
    'taken rows of a large table': {
      inputs: { dy: [3, 5, 12], ids: { shape: [3, 5], below: 9 } },
      options: { rows: 40 },
    },
    'more ids than rows': { inputs: { dy: [70, 3], ids: { shape: [70], below: 5 } }, options: { rows: 5 } },
    'ids that all took one row': {
      inputs: { dy: [131, 6], ids: { shape: [131], below: 1 } },
      options: { rows: 400 },
    },
    'more ids than rows, narrow': {
      inputs: { dy: [700, 2], ids: { shape: [700], below: 30 } },
      options: { rows: 30 },
    },
    'past a workgroup': { inputs: { dy: [9, 300], ids: { shape: [9], below: 4 } }, options: { rows: 4 } },
    'more elements than the grid has under tight caps': {
      inputs: { dy: [50, 201], ids: { shape: [50], below: 60 } },
      options: { rows: 60 },
    },
    'ids past the table': {
      inputs: { dy: [20, 4], ids: { shape: [20], below: 12 } },
      options: { rows: 9 },
    },
    'table past 256 KiB': {
      inputs: { dy: [40, 64], ids: { shape: [40], below: 1100 } },
      options: { rows: 1100 },
    },
    'ids past 256 KiB': {
      inputs: { dy: [1100, 64], ids: { shape: [1100], below: 30 } },
      options: { rows: 30 },
    },
  },
  bench: {
    'bert words': {
      inputs: { dy: [256, 768], ids: { shape: [256], below: 30522 } },
      options: { rows: 30522 },
    },
    'relative positions of a Swin-L window': {
      inputs: { dy: [20736, 6], ids: { shape: [20736], below: 529 } },
      options: { rows: 529 },
    },
  },
});

import { kernelSpec, NdArray } from '../../testing/index.ts';
import { repeatTo } from '../reduce/reduce.ts';

export default kernelSpec({
  name: 'broadcast',
  inputs: ['x'],
  differentiable: ['x'],
  run: ({ x }, { to }: { readonly to: readonly number[] }) => repeatTo(x, to),
  reference({ x }, { to }) {
    const padded = new NdArray([...Array(to.length - x.shape.length).fill(1), ...x.shape], x.data);
    return NdArray.fill(to, (...at) =>
      padded.get(...at.map((n, axis) => (padded.shape[axis] === 1 ? 0 : n))),
    );
  },
  cases: {
    'one element': { inputs: { x: [1] }, options: { to: [1] } },
    'a number': { inputs: { x: [1] }, options: { to: [3, 5] } },
    'an odd row': { inputs: { x: [7] }, options: { to: [3, 7] } },
    'a row of quads': { inputs: { x: [8] }, options: { to: [2, 3, 8] } },
    'a number for each row of quads': { inputs: { x: [3, 1] }, options: { to: [3, 8] } },
    'axes in turn': { inputs: { x: [2, 1, 3, 1] }, options: { to: [2, 5, 3, 4] } },
    'many axes that merge': { inputs: { x: [2, 3, 1, 1, 5, 4] }, options: { to: [2, 3, 2, 3, 5, 4] } },
    'past 256 KiB': { inputs: { x: [1100, 1] }, options: { to: [1100, 64] } },
    'odd and past 256 KiB': { inputs: { x: [1, 63] }, options: { to: [1100, 63] } },
  },
  bench: { 'p3 of GLIP-T at 800x1344': { inputs: { x: [1, 1, 256] }, options: { to: [1, 16800, 256] } } },
});

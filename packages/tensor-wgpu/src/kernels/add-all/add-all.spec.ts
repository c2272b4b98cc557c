import { kernelSpec, NdArray } from '../../testing/index.ts';
import { addAll } from './add-all.ts';

const NAMES = ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7', 'x8'] as const;

const shapes = (terms: number, shape: readonly number[]) => ({
  inputs: Object.fromEntries(NAMES.slice(0, terms).map((name) => [name, shape])),
});

export default kernelSpec({
  name: 'add-all',
  inputs: NAMES,
  differentiable: NAMES,
  run: (inputs) => addAll(NAMES.filter((name) => inputs[name]).map((name) => inputs[name])),
  reference(inputs) {
    const terms = NAMES.filter((name) => inputs[name]).map((name) => inputs[name]);
    return NdArray.fill(terms[0].shape, (...at) => terms.reduce((sum, term) => sum + term.get(...at), 0));
  },
  cases: {
    'one term': shapes(1, [3, 2]),
    'two, one element each': shapes(2, [1]),
    'seven, odd': shapes(7, [3, 5]),
    'nine, more than a dispatch takes': shapes(9, [2, 7]),
    'three past 256 KiB': shapes(3, [70001]),
  },
  bench: { 'seven gradients of a weight of GLIP-T': shapes(7, [256, 3, 3, 256]) },
});

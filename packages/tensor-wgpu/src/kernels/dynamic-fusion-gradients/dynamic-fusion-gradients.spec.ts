import { kernelSpec, NdArray } from '../../testing/index.ts';
import { dynamicFusionGradients } from './dynamic-fusion-gradients.ts';

interface Options {
  readonly maps: number;
  readonly weighed?: boolean;
  readonly pooled?: boolean;
}

/** Factors are those of the reference's forward pass; the kernel only multiplies by them. */
const shapes = (maps: number, [b, h, w, c]: readonly number[], { weighed = true, pooled = true } = {}) => ({
  inputs: {
    dy: [b, h, w, c],
    factors: [b, 4, c],
    ...Object.fromEntries(
      ['0', '1', '2'].slice(0, maps).flatMap((i) => [
        [`x${i}`, [b, h, w, c]],
        [`affine${i}`, [b, 3, c]],
      ]),
    ),
    ...(weighed ? { weight: [c], bias: [1] } : {}),
    ...(pooled ? { dpooled: [b, c] } : {}),
  },
  options: { maps, weighed, pooled },
});

export default kernelSpec({
  name: 'dynamic-fusion-gradients',
  inputs: ['dy', 'dpooled', 'factors', 'x0', 'affine0', 'x1', 'affine1', 'x2', 'affine2', 'weight', 'bias'],
  differentiable: [],
  backwardOf: 'dynamic-fusion',
  run(inputs, { maps, weighed, pooled }: Options) {
    const found = dynamicFusionGradients(
      (['0', '1', '2'] as const)
        .slice(0, maps)
        .map((i) => ({ x: inputs[`x${i}`], affine: inputs[`affine${i}`] })),
      inputs.factors,
      { dy: inputs.dy, dpooled: pooled ? inputs.dpooled : undefined },
      weighed ? { weight: inputs.weight, bias: inputs.bias } : undefined,
    );
    const { attention } = found;
    return [
      ...found.maps.flatMap(({ x, affine }) => [x, affine]),
      ...(attention ? [attention.weight, attention.bias] : []),
    ];
  },
  reference({ dy, dpooled, factors, weight, bias, ...inputs }, { maps, weighed, pooled }) {
    const [batch, height, width, channels] = dy.shape;
    const pixels = height * width;
    const [dweight, dbias] = [new NdArray([channels]), new NdArray([1])];
    const found = (['0', '1', '2'] as const).slice(0, maps).flatMap((i, map) => {
      const [x, affine] = [inputs[`x${i}`], inputs[`affine${i}`]];
      const dx = NdArray.fill(dy.shape, (...at) => dy.get(...at) * factors.get(at[0], map, at[3]));
      const daffine = new NdArray(affine.shape);
      for (let b = 0; b < batch; b++) {
        const outer = (c: number): number => (pooled ? dpooled.get(b, c) : 0);
        let logit = weighed ? bias.data[0] : 0;
        let dshare = 0;
        for (let c = 0; c < channels; c++) {
          let [ofMap, ofDy] = [0, 0];
          for (let n = 0; n < pixels; n++) {
            const at = (b * pixels + n) * channels + c;
            ofMap += dy.data[at] * x.data[at];
            ofDy += dy.data[at];
          }
          daffine.data[daffine.at(b, 0, c)] = ofMap;
          daffine.data[daffine.at(b, 1, c)] = ofDy;
          if (weighed) logit += affine.get(b, 2, c) * weight.data[c];
          dshare += ofMap * affine.get(b, 0, c) + ofDy * affine.get(b, 1, c) + outer(c) * affine.get(b, 2, c);
        }
        const share = weighed ? Math.min(Math.max(logit, 0) + 3, 6) / 6 / maps : 1 / maps;
        const dlogit = weighed && logit > 0 && logit <= 3 ? dshare / 6 / maps : 0;
        dbias.data[0] += dlogit;
        for (let c = 0; c < channels; c++) {
          daffine.data[daffine.at(b, 0, c)] *= share;
          daffine.data[daffine.at(b, 1, c)] *= share;
          daffine.data[daffine.at(b, 2, c)] = share * outer(c) + (weighed ? dlogit * weight.data[c] : 0);
          dweight.data[c] += dlogit * affine.get(b, 2, c);
        }
      }
      return [dx, daffine];
    });
    return weighed ? [...found, dweight, dbias] : found;
  },
  tolerance: { rtol: 1e-5, atol: 3e-5, because: 'sums over 196 pixels of 72 channels' },
  cases: {
    'one element': shapes(1, [1, 1, 1, 1]),
    'two maps, odd sizes': shapes(2, [2, 3, 5, 7]),
    'three maps of quads, past a workgroup': shapes(3, [2, 5, 7, 72]),
    'three maps that count alike': shapes(3, [1, 3, 3, 4], { weighed: false }),
    'without a gradient of the means': shapes(2, [1, 3, 5, 8], { pooled: false }),
    'images past 256 KiB': shapes(1, [12, 14, 14, 32]),
  },
  bench: { 'p3 of GLIP-T at 800x1344': shapes(2, [1, 100, 168, 256]) },
});

import { type Shape, sizeOf } from '../tensor.ts';

/**
 * Initialization of a parameter. 'fan-in': uniform within 1 / sqrt(inputs), PyTorch's default for layers; 'xavier':
 * uniform within sqrt(6 / (inputs + outputs)).
 */
export type Initializer = 'fan-in' | 'xavier' | { readonly normal: number } | { readonly constant: number };

/** Initial numbers of a parameter: the same for the same seed. By default vectors are 0 and weights use fan-in. */
export function initialize(seed: string, shape: Shape, init?: Initializer): Float32Array {
  const rule: Initializer = init ?? (shape.length > 1 ? 'fan-in' : { constant: 0 });
  const data = new Float32Array(sizeOf(shape));
  if (typeof rule === 'object' && 'constant' in rule) return data.fill(rule.constant);
  const random = uniform(seed);
  if (typeof rule === 'object') {
    for (let i = 0; i < data.length; i++) {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      data[i] = rule.normal * radius * Math.cos(2 * Math.PI * random());
    }
    return data;
  }
  const taps = sizeOf(shape.slice(2));
  const [outputs, inputs] = [shape[0] * taps, (shape[1] ?? 1) * taps];
  const bound = rule === 'xavier' ? Math.sqrt(6 / (inputs + outputs)) : 1 / Math.sqrt(inputs);
  for (let i = 0; i < data.length; i++) data[i] = bound * (2 * random() - 1);
  return data;
}

/** Numbers in [0, 1): splitmix32 from a hash of the seed. */
function uniform(seed: string): () => number {
  let state = 2166136261;
  for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 16777619);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}

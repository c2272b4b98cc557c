/** One function of a number. `wgsl` and `derivative` are expressions in `x: vec4f`, and may use `params.a`, `params.b`. */
export interface UnaryRow {
  readonly wgsl: string;
  /** d/dx */
  readonly derivative: string;
  readonly reference: (x: number, a: number, b: number) => number;
}

/** Two numbers to one. */
export interface BinaryRow {
  readonly wgsl: string;
  readonly reference: (a: number, b: number) => number;
}

const erf = (x: number): number => {
  // Series for small x, continued fraction for the tail: exact to f64.
  const z = Math.abs(x);
  let result: number;
  if (z < 2.5) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 80; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    result = (2 / Math.sqrt(Math.PI)) * sum;
  } else {
    let fraction = 0;
    for (let n = 80; n > 0; n--) fraction = n / 2 / (z + fraction);
    result = 1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction));
  }
  return x < 0 ? -result : result;
};

/** Every elementwise function of one tensor: add a row, and it is an operation, an activation and a test. */
export const UNARY = {
  identity: { wgsl: 'x', derivative: 'vec4f(1.0)', reference: (x) => x },
  relu: {
    wgsl: 'max(x, vec4f(0.0))',
    derivative: 'step(vec4f(1e-38), x)',
    reference: (x) => Math.max(x, 0),
  },
  gelu: {
    wgsl: '0.5 * x * (1.0 + erf4(x * 0.7071067811865476))',
    derivative: '0.5 * (1.0 + erf4(x * 0.7071067811865476)) + x * 0.3989422804014327 * exp(-0.5 * x * x)',
    reference: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
  },
  sigmoid: {
    wgsl: '1.0 / (1.0 + exp(-x))',
    derivative: 'exp(-abs(x)) / ((1.0 + exp(-abs(x))) * (1.0 + exp(-abs(x))))',
    reference: (x) => 1 / (1 + Math.exp(-x)),
  },
  hardSigmoid: {
    wgsl: 'clamp(x + 3.0, vec4f(0.0), vec4f(6.0)) / 6.0',
    derivative: 'step(abs(x), vec4f(3.0)) / 6.0',
    reference: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
  },
  square: { wgsl: 'x * x', derivative: '2.0 * x', reference: (x) => x * x },
  sqrt: { wgsl: 'sqrt(x)', derivative: '0.5 * inverseSqrt(x)', reference: Math.sqrt },
  exp: { wgsl: 'exp(x)', derivative: 'exp(x)', reference: Math.exp },
  /** a * x + b */
  affine: {
    wgsl: 'params.a * x + params.b',
    derivative: 'vec4f(params.a)',
    reference: (x, a, b) => a * x + b,
  },
  /** a <= x <= b */
  clamp: {
    wgsl: 'clamp(x, vec4f(params.a), vec4f(params.b))',
    derivative: 'step(vec4f(params.a), x) * step(x, vec4f(params.b))',
    reference: (x, a, b) => Math.min(Math.max(x, a), b),
  },
} as const satisfies Readonly<Record<string, UnaryRow>>;

/** Every elementwise function of two tensors. Expressions in `a` and `b`, f32 or vec4f. */
export const BINARY = {
  add: { wgsl: 'a + b', reference: (a, b) => a + b },
  sub: { wgsl: 'a - b', reference: (a, b) => a - b },
  mul: { wgsl: 'a * b', reference: (a, b) => a * b },
  div: { wgsl: 'a / b', reference: (a, b) => a / b },
  maximum: { wgsl: 'max(a, b)', reference: Math.max },
  minimum: { wgsl: 'min(a, b)', reference: Math.min },
  /** 1 where a >= b, else 0 */
  notLess: { wgsl: 'step(b, a)', reference: (a, b) => Number(a >= b) },
} as const satisfies Readonly<Record<string, BinaryRow>>;

export type Unary = keyof typeof UNARY;
export type Binary = keyof typeof BINARY;

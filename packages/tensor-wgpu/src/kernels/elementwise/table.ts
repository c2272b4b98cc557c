/** One function of a number. `wgsl` and `derivative` are expressions in `x: vec4f`, and may use `params.a`, `params.b`. */
export interface UnaryRow {
  readonly wgsl: string;
  /** d/dx */
  readonly derivative: string;
}

/** Two numbers to one. */
export interface BinaryRow {
  readonly wgsl: string;
}

/** Every elementwise function of one tensor: a row here, its f64 twin in references.ts, and a line in elementwise.ts. */
export const UNARY = {
  identity: { wgsl: 'x', derivative: 'vec4f(1.0)' },
  relu: {
    wgsl: 'max(x, vec4f(0.0))',
    derivative: 'step(vec4f(1e-38), x)',
  },
  gelu: {
    wgsl: '0.5 * x * (1.0 + erf4(x * 0.7071067811865476))',
    derivative: '0.5 * (1.0 + erf4(x * 0.7071067811865476)) + x * 0.3989422804014327 * exp(-0.5 * x * x)',
  },
  sigmoid: {
    wgsl: '1.0 / (1.0 + exp(-x))',
    derivative: 'exp(-abs(x)) / ((1.0 + exp(-abs(x))) * (1.0 + exp(-abs(x))))',
  },
  hardSigmoid: {
    wgsl: 'clamp(x + 3.0, vec4f(0.0), vec4f(6.0)) / 6.0',
    derivative: 'step(abs(x), vec4f(3.0)) / 6.0',
  },
  tanh: {
    wgsl: 'tanh4(x)',
    derivative: '4.0 * exp(-2.0 * abs(x)) / ((1.0 + exp(-2.0 * abs(x))) * (1.0 + exp(-2.0 * abs(x))))',
  },
  square: { wgsl: 'x * x', derivative: '2.0 * x' },
  sqrt: { wgsl: 'sqrt(x)', derivative: '0.5 * inverseSqrt(x)' },
  exp: { wgsl: 'exp(x)', derivative: 'exp(x)' },
  log: { wgsl: 'log(x)', derivative: '1.0 / x' },
  neg: { wgsl: '-x', derivative: 'vec4f(-1.0)' },
  abs: { wgsl: 'abs(x)', derivative: 'sign(x)' },
  /** a * x + b */
  affine: {
    wgsl: 'params.a * x + params.b',
    derivative: 'vec4f(params.a)',
  },
  /** a <= x <= b */
  clamp: {
    wgsl: 'clamp(x, vec4f(params.a), vec4f(params.b))',
    derivative: 'step(vec4f(params.a), x) * step(x, vec4f(params.b))',
  },
  divideBy: { wgsl: 'x / params.a', derivative: 'vec4f(1.0 / params.a)' },
  divideInto: { wgsl: 'params.a / x', derivative: '-params.a / (x * x)' },
  /** No less than a; the gradient at a itself passes, as in clamp. */
  atLeast: { wgsl: 'max(x, vec4f(params.a))', derivative: 'step(vec4f(params.a), x)' },
  /** No more than a. */
  atMost: { wgsl: 'min(x, vec4f(params.a))', derivative: 'step(x, vec4f(params.a))' },
} as const satisfies Readonly<Record<string, UnaryRow>>;

/** Every elementwise function of two tensors. Expressions in `a` and `b`, f32 or vec4f. */
export const BINARY = {
  add: { wgsl: 'a + b' },
  sub: { wgsl: 'a - b' },
  mul: { wgsl: 'a * b' },
  div: { wgsl: 'a / b' },
  maximum: { wgsl: 'max(a, b)' },
  minimum: { wgsl: 'min(a, b)' },
  /** 1 where a >= b, else 0 */
  notLess: { wgsl: 'step(b, a)' },
  greater: { wgsl: '1.0 - step(a, b)' },
  less: { wgsl: '1.0 - step(b, a)' },
  equal: { wgsl: 'step(a, b) * step(b, a)' },
} as const satisfies Readonly<Record<string, BinaryRow>>;

export type Unary = keyof typeof UNARY;
export type Binary = keyof typeof BINARY;

/** WGSL of a row as a function apply(a, b), for kernels to link. */
export const applyBinaryWgsl = (row: Binary): string =>
  `fn apply(a: vec4f, b: vec4f) -> vec4f { return ${BINARY[row].wgsl}; }\n`;

import { coreOf, type Device } from '../../device/device.ts';
import { ShapeError } from '../../errors.ts';
import { defineKernel } from '../../kernel.ts';
import type { Shape, Tensor } from '../../tensor.ts';
import { assign } from '../assign/assign.ts';
import stepWgsl from './next-step.wgsl';
import wgsl from './random.wgsl';

const define = (draw: string, element: 'vec4f' | 'vec4u', expression: string) =>
  defineKernel({
    name: 'random',
    variant: `random ${draw}`,
    wgsl: [
      `alias y_element = ${element};\nfn drawn(bits: vec4u, i: u32) -> y_element { return ${expression}; }\n`,
      wgsl,
    ],
    reads: ['key', 'x'],
    writes: ['y'],
    params: { first: 'u32', skipped: 'u32', quads: 'u32', place: 'u32', a: 'f32', b: 'f32' },
    invocations: ({ quads }) => quads,
  });

const KERNELS = {
  bits: /* @__PURE__ */ define('bits', 'vec4u', 'bits'),
  uniform: /* @__PURE__ */ define(
    'uniform',
    'vec4f',
    'fma(fractions(bits), vec4f(params.b - params.a), vec4f(params.a))',
  ),
  normal: /* @__PURE__ */ define('normal', 'vec4f', 'fma(normals(bits), vec4f(params.b), vec4f(params.a))'),
  kept: /* @__PURE__ */ define(
    'kept',
    'vec4f',
    'select(vec4f(), vec4f(params.b), fractions(bits) >= vec4f(params.a))',
  ),
  dropout: /* @__PURE__ */ define(
    'dropout',
    'vec4f',
    'select(vec4f(), params.b * x[i], fractions(bits) >= vec4f(params.a))',
  ),
} as const;

const stepKernel = /* @__PURE__ */ defineKernel({
  name: 'next-step',
  wgsl: [stepWgsl],
  reads: [],
  writes: ['key'],
  params: {},
  workgroups: () => 1,
});

/**
 * Key of random numbers: a seed and a step number, which together with a place determine them. u32 [4], on the GPU, so
 * that each replay of a captured function may draw new ones.
 *
 * @param seed  a whole number from 0
 * @param step  number of the first step; `nextStep` increments it
 */
export function randomKey(device: Device, seed: number, step = 0): Tensor {
  for (const [name, value] of Object.entries({ seed, step })) {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new ShapeError(`randomKey: ${name} is ${value}, expected a whole number from 0`);
    }
  }
  const words = [seed, step].flatMap((value) => [value % 2 ** 32, Math.floor(value / 2 ** 32)]);
  return device.tensor(Uint32Array.from(words), [4]);
}

/**
 * Increments the key's step in place: call it once at the end of each step.
 *
 * @throws ShapeError for a key of `freezeKey`
 */
export function nextStep(key: Tensor): void {
  expectKey('nextStep', key);
  if (frozen.has(key))
    throw new ShapeError('nextStep: the key is frozen, expected the one it was copied from');
  stepKernel.dispatch({ key }, {});
}

/** Number or name of a draw within a step: draws of one key and step at the same place are the same. */
export type Place = number | string;

/**
 * Random bits, u32: the same for the same key, place and shape on every adapter.
 *
 * @param first  quads to skip; 0 by default
 */
export function randomBits(key: Tensor, shape: Shape, place: Place, first = 0): Tensor {
  return draw('bits', 'randomBits', key, shape, place, 0, 0, undefined, first);
}

export interface UniformOptions {
  /** 0 by default. */
  readonly low?: number;
  /** 1 by default. */
  readonly high?: number;
}

/** Uniformly distributed numbers in [low, high): in [0, 1) the same bits on every adapter. */
export function randomUniform(
  key: Tensor,
  shape: Shape,
  place: Place,
  { low = 0, high = 1 }: UniformOptions = {},
): Tensor {
  return draw('uniform', 'randomUniform', key, shape, place, low, high);
}

export interface NormalOptions {
  /** 0 by default. */
  readonly mean?: number;
  /** Standard deviation; 1 by default. */
  readonly deviation?: number;
}

/** Normally distributed numbers, the same on every adapter up to the precision of its logarithm and square root. */
export function randomNormal(
  key: Tensor,
  shape: Shape,
  place: Place,
  { mean = 0, deviation = 1 }: NormalOptions = {},
): Tensor {
  return draw('normal', 'randomNormal', key, shape, place, mean, deviation);
}

const frozen = new WeakSet<Tensor>();

/**
 * Copy of a key that stays at its step: what is drawn with it can be drawn again after `nextStep(key)`, in a backward
 * pass or by `recompute`. Returns a key that is frozen already.
 */
export function freezeKey(key: Tensor): Tensor {
  expectKey('freezeKey', key);
  if (frozen.has(key)) return key;
  const copy = key.device.empty([4], 'u32');
  assign(copy, key);
  frozen.add(copy);
  return copy;
}

/** A number for each element of the shape, or of x; `a` and `b` are the parameters of the kind. */
export function draw(
  kind: keyof typeof KERNELS,
  op: string,
  key: Tensor,
  shape: Shape,
  place: Place,
  a: number,
  b: number,
  x?: Tensor,
  skipped = 0,
): Tensor {
  expectKey(op, key);
  const y = key.device.empty(shape, kind === 'bits' ? 'u32' : 'f32');
  KERNELS[kind].dispatch(
    { key, x: x ?? coreOf(key.device).placeholder, y },
    { first: 0, skipped, quads: Math.ceil(y.size / 4), place: placeOf(op, place), a, b },
    { slice: { param: 'quads', start: 'first', per: { y: 4, ...(x ? { x: 4 } : {}) } } },
  );
  return y;
}

function expectKey(op: string, key: Tensor): void {
  if (key.dtype === 'u32' && key.size === 4) return;
  throw new ShapeError(`${op}: the key is ${key.dtype} [${key.shape}], expected what randomKey makes`);
}

function placeOf(op: string, place: Place): number {
  if (typeof place === 'string') {
    return (
      [...place].reduce(
        (hash, char) => Math.imul(hash ^ (char.codePointAt(0) as number), 16777619),
        2166136261,
      ) >>> 0
    );
  }
  if (Number.isInteger(place) && place >= 0 && place < 2 ** 32) return place;
  throw new ShapeError(`${op}: place ${place}, expected a name or a whole number below 2^32`);
}

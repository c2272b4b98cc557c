import type { Activation } from '../../gemm/epilogue.ts';
import { defineKernel, type Kernel } from '../../kernel.ts';
import { expectShape, type Tensor } from '../../tensor.ts';
import wgsl from './activation-input.wgsl';

const SLOPE_AT = {
  f32: 'fn slope_at(i: u32) -> f32 { return slope(vec4f(y[i])).x; }\n',
  vec4f: 'fn slope_at(i: u32) -> vec4f { return slope(y[i]); }\n',
};

/** Derivatives of activations as functions of their results, where these determine them. */
const SLOPES: Readonly<Partial<Record<Activation, string>>> = {
  identity: 'vec4f(1.0)',
  relu: 'step(vec4f(1e-38), y)',
  sigmoid: 'y * (1.0 - y)',
  // 0 at a bound: clamped values equal it.
  clamp: 'select(vec4f(), vec4f(1.0), (y > vec4f(params.a)) & (y < vec4f(params.b)))',
};

type Params = 'size' | 'pixels' | 'channels' | 'group' | 'from_channel' | 'a' | 'b';
const kernels = new Map<string, Kernel<'y' | 'dy', 'dz', Params>>();

function kernelFor(activation: Activation, element: 'f32' | 'vec4f') {
  const variant = `activation-input ${activation} ${element}`;
  const known = kernels.get(variant);
  if (known) return known;
  const slope = `fn slope(y: vec4f) -> vec4f { return ${SLOPES[activation] ?? 'vec4f(1.0)'}; }\n`;
  const kernel = defineKernel({
    name: 'activation-input',
    variant,
    wgsl: [slope, `alias x_element = ${element};\n`, SLOPE_AT[element], wgsl],
    reads: ['y', 'dy'],
    writes: ['dz'],
    params: {
      size: 'u32',
      pixels: 'u32',
      channels: 'u32',
      group: 'u32',
      from_channel: 'u32',
      a: 'f32',
      b: 'f32',
    },
    invocations: ({ size }) => size,
  });
  kernels.set(variant, kernel);
  return kernel;
}

/** True if the derivative of an activation follows from its result, so that a backward pass needs nothing else. */
export const slopeFollows = (activation: Activation): boolean => SLOPES[activation] !== undefined;

export interface ActivationInputOptions {
  readonly activation: Activation;
  /** Bounds of the activation 'clamp'. */
  readonly bounds?: readonly [lower: number, upper: number] | undefined;
  /** Groups of channels. */
  readonly groups?: number | undefined;
  /** First channel of each group that the activation applies to. */
  readonly activateFrom?: number | undefined;
  /** y and dy are [B, C, H, W]. */
  readonly planar?: boolean;
}

/**
 * The gradient of an activation for its input.
 *
 * @param y        the activation's result: [..., C], or [B, C, H, W] if planar
 * @param dy       as y
 * @returns        [..., C]
 * @throws ShapeError unless y and dy have one shape
 */
export function activationInput(y: Tensor, dy: Tensor, options: ActivationInputOptions): Tensor {
  const { activation, bounds = [0, 0], groups = 1, activateFrom = 0, planar = false } = options;
  expectShape('activationInput', { dy }, y.shape);
  const { shape } = y;
  const channels = planar ? y.dim(1) : y.dim(-1);
  const pixels = planar ? y.dim(2) * y.dim(3) : 1;
  const dz = y.device.empty(planar ? [shape[0], shape[2], shape[3], channels] : shape);
  const group = channels / groups;
  const whole = activateFrom === 0 || (group % 4 === 0 && activateFrom % 4 === 0);
  const each = whole && !planar ? 4 : 1;
  const unit = planar ? channels * pixels : activateFrom === 0 ? 1 : group / each;
  kernelFor(activation, each === 4 ? 'vec4f' : 'f32').dispatch(
    { y, dy, dz },
    {
      size: Math.ceil(y.size / each),
      pixels,
      channels,
      group: activateFrom === 0 ? 1 : group / each,
      from_channel: activateFrom / each,
      a: bounds[0],
      b: bounds[1],
    },
    {
      constants: { PLANAR: Number(planar) },
      slice: { param: 'size', multiple: unit, per: { y: each, dy: each, dz: each } },
    },
  );
  return dz;
}

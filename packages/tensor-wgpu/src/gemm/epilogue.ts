import type { Capabilities } from '../device/capabilities.ts';
import { ShapeError } from '../errors.ts';
import type { ParamType } from '../kernel.ts';
import { UNARY, type Unary } from '../kernels/elementwise/table.ts';
import type { Tensor } from '../tensor.ts';

/** Activations of a product's epilogue; the first is none. */
const ACTIVATIONS = ['identity', 'relu', 'gelu', 'sigmoid', 'clamp'] as const satisfies readonly Unary[];

export type Activation = (typeof ACTIVATIONS)[number];

/** The activation of an epilogue, and the first column that it applies to. */
export interface EpilogueActivation {
  readonly activation: Activation;
  readonly activateFrom: number;
}

/** Tensors of an epilogue, in the order of their bits in the parameter `has`. */
export const EPILOGUE_INPUTS = ['bias', 'gamma', 'residual'] as const;

export type EpilogueInput = (typeof EPILOGUE_INPUTS)[number];

/** Parameters of epilogue.wgsl. */
export const EPILOGUE_PARAMS = {
  has: 'u32',
  activation: 'u32',
  activate_from: 'u32',
} as const satisfies Readonly<Record<string, ParamType>>;

export type EpilogueParam = keyof typeof EPILOGUE_PARAMS;

type Present = Readonly<Partial<Record<EpilogueInput, Tensor | undefined>>>;

export function epilogueParams(
  present: Present,
  { activation, activateFrom }: EpilogueActivation,
): Readonly<Record<EpilogueParam, number>> {
  return {
    has: EPILOGUE_INPUTS.reduce((bits, id, i) => (present[id] ? bits | (1 << i) : bits), 0),
    activation: ACTIVATIONS.indexOf(activation),
    activate_from: activateFrom,
  };
}

/**
 * True if bias, activation, gamma and residual are compiled into the pipeline of a product: SwiftShader computes all branches of a
 * shader, and took a tenth longer for a small model with those. Elsewhere parameters choose, and products need a third fewer
 * pipelines.
 */
export function hasFixedEpilogue({
  cpu,
  subgroupWidth = 0,
}: Pick<Capabilities, 'cpu' | 'subgroupWidth'>): boolean {
  return cpu && subgroupWidth < 8;
}

/** Overrides of epilogue.wgsl where the epilogue is fixed. */
export function fixedConstants({ bias, gamma, residual }: Present): Readonly<Record<string, number>> {
  return {
    FIXED: 1,
    HAS_BIAS: Number(bias !== undefined),
    HAS_GAMMA: Number(gamma !== undefined),
    HAS_RESIDUAL: Number(residual !== undefined),
  };
}

/** WGSL of activate(x, col): the given activation, or all of them, of which a parameter chooses one. */
export function activateWgsl(fixed: EpilogueActivation | undefined): string {
  const body = fixed ? oneActivation(fixed) : anyActivation();
  return `fn activate(x: vec4f, col: u32) -> vec4f {\n${body}\n}\n`;
}

function oneActivation({ activation, activateFrom }: EpilogueActivation): string {
  const { wgsl } = UNARY[activation];
  const activates = `col + vec4u(0u, 1u, 2u, 3u) >= vec4u(${activateFrom}u)`;
  return activateFrom === 0 ? `  return ${wgsl};` : `  return select(x, ${wgsl}, ${activates});`;
}

function anyActivation(): string {
  const cases = ACTIVATIONS.map((name, i) => `    case ${i}u: { y = ${UNARY[name].wgsl}; }`).slice(1);
  return `  var y = x;
  switch params.activation {
${cases.join('\n')}
    default: {}
  }
  return select(x, y, col + vec4u(0u, 1u, 2u, 3u) >= vec4u(params.activate_from));`;
}

/** @throws ShapeError for an activation 'clamp' without bounds, or with the lower one above the upper one */
export function expectBounds(op: string, bounds: readonly [lower: number, upper: number] | undefined): void {
  if (bounds && bounds[0] <= bounds[1]) return;
  const found = bounds ? `[${bounds}]` : 'left out';
  throw new ShapeError(`${op}: the activation 'clamp' needs bounds [lower, upper]; they are ${found}`);
}

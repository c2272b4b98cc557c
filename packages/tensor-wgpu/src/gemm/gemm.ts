import type { Capabilities } from '../device/capabilities.ts';
import { coreOf, type Device } from '../device/device.ts';
import type { DispatchOptions } from '../kernel.ts';
import { fold } from '../slices.ts';
import type { DType, Tensor } from '../tensor.ts';
import {
  type EpilogueActivation,
  type EpilogueInput,
  type EpilogueParam,
  epilogueParams,
  fixedConstants,
  hasFixedEpilogue,
} from './epilogue.ts';
import { type GemmPlan, type GemmShape, planFor, tileDepth, tilesOf } from './plan.ts';
import { classOf } from './product.ts';
import {
  defineVariant,
  type GemmDefinition,
  type GemmKernel,
  type GemmParam,
  type GemmVariant,
} from './variant.ts';

/** Parameters that the plan decides. */
type Planned = 'splits' | 'chunk';
const NONE: Readonly<Record<never, DType>> = {};
const LINEAR: EpilogueActivation = { activation: 'identity', activateFrom: 0 };

export interface GemmCall<R extends string, P extends string> {
  readonly variant: GemmVariant<R | EpilogueInput | 'y'>;
  readonly operands: Readonly<Record<R, Tensor>>;
  readonly after: Readonly<Partial<Record<EpilogueInput, Tensor | undefined>>>;
  readonly y: Tensor;
  readonly params: Readonly<Record<Exclude<GemmParam, Planned | EpilogueParam> | P, number>>;
  /** None by default. */
  readonly activation?: EpilogueActivation;
  readonly constants?: Readonly<Record<string, number>>;
  readonly slice?: DispatchOptions<R | EpilogueInput | 'y', GemmParam | P>['slice'];
}

/** A matrix product with an operation's own addressing of its operands, under the plan for the device and the shape. */
export function gemmFamily<R extends string, P extends string>(definition: GemmDefinition<R, P>) {
  const kernels = new Map<string, GemmKernel<R, P>>();
  const kernelFor = (
    info: Capabilities,
    plan: GemmPlan | 'combine',
    variant: GemmCall<R, P>['variant'],
    activation: EpilogueActivation,
  ) => {
    const fixed = hasFixedEpilogue(info) && !definition.bare ? activation : undefined;
    const depth = plan !== 'combine' && plan.schedule === 'tiled' ? tileDepth(plan, info) : 0;
    const key = JSON.stringify([plan, depth, info.subgroupWidth, info.matrixUnit, variant, fixed]);
    const kernel = kernels.get(key) ?? defineVariant(definition, info, plan, variant, fixed, key);
    kernels.set(key, kernel);
    return kernel;
  };

  function run(call: GemmCall<R, P>, shape: GemmShape, plan: GemmPlan): void {
    const { variant, operands, after, activation = LINEAR, y, params, slice } = call;
    const { info } = y.device;
    const nothing = coreOf(y.device).placeholder;
    const tensors = {
      ...operands,
      bias: after.bias ?? nothing,
      gamma: after.gamma ?? nothing,
      residual: after.residual ?? nothing,
      y,
    } as Readonly<Record<R | EpilogueInput | 'y', Tensor>>;
    const constants = { ...call.constants, ...(hasFixedEpilogue(info) ? fixedConstants(after) : {}) };
    const split = splitOf(plan, shape, Object.values(tensors), info);
    const all = { ...params, ...epilogueParams(after, activation), ...split } as Record<
      GemmParam | P,
      number
    >;
    if (split.splits === 1) {
      kernelFor(info, plan, variant, activation).dispatch(tensors, all, {
        constants,
        ...(slice ? { slice } : {}),
      });
      return;
    }

    const { rows, cols, batches } = params;
    const parts = y.device.empty([split.splits, batches, rows, cols]);
    const vec4 = (id: R | 'y') => ({ ...variant, vec4: { ...variant.vec4, [id]: cols % 4 === 0 } });
    const bare = { ...tensors, bias: nothing, gamma: nothing, residual: nothing, y: parts };
    kernelFor(info, plan, vec4('y'), LINEAR).dispatch(bare, all, {
      constants: { ...call.constants, PARTIAL: 1 },
    });
    const [first, ...others] = definition.reads;
    const added = { ...tensors, ...Object.fromEntries(others.map((id) => [id, nothing])), [first]: parts };
    const combine = kernelFor(info, 'combine', { ...vec4(first), dtypes: NONE }, activation);
    combine.dispatch(added, all, { constants });
    parts.dispose();
  }

  return (call: GemmCall<R, P>): void => {
    const { device } = call.y;
    const shape: GemmShape = {
      ...call.params,
      gathers: definition.gathers === true,
      transposedB: call.constants?.['TRANSPOSE_B'] === 1,
    };
    const dtypes = definition.reads.map((id) => call.operands[id].dtype);
    const key = classOf(definition.name, dtypes, call.constants ?? {}, shape);
    coreOf(device).products?.push({
      key,
      shape,
      run: (real, plan) => {
        const remade = remake(real, call);
        run(remade, shape, plan);
        for (const tensor of [remade.y, ...tensorsOf(remade)]) tensor.dispose();
      },
    });
    run(call, shape, planFor(device.info, key, shape));
  };
}

function tensorsOf<R extends string, P extends string>({ operands, after }: GemmCall<R, P>): Tensor[] {
  return [...Object.values(operands), ...Object.values(after)].filter(
    (tensor) => tensor !== undefined,
  ) as Tensor[];
}

/** The same call on tensors of another device with arbitrary contents. */
function remake<R extends string, P extends string>(device: Device, call: GemmCall<R, P>): GemmCall<R, P> {
  const like = ({ shape, dtype }: Tensor): Tensor => device.empty(shape, dtype);
  const all = <T extends object>(tensors: T): T =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([, tensor]) => tensor !== undefined)
        .map(([id, tensor]) => [id, like(tensor)]),
    ) as T;
  return { ...call, operands: all(call.operands), after: all(call.after), y: like(call.y) };
}

/** Parts that K is split into. A product that must be cut into slices has enough workgroups without a split. */
function splitOf(
  plan: GemmPlan,
  { channels, rows, cols, batches }: GemmShape,
  tensors: readonly Tensor[],
  { limits, subgroupWidth }: Capabilities,
): Record<Planned, number> {
  const whole = { splits: 1, chunk: channels };
  const chunk = Math.ceil(channels / (plan.splits ?? 1) / 16) * 16;
  const splits = Math.ceil(channels / chunk);
  if (!(splits > 1)) return whole;
  const most = limits.maxStorageBufferBindingSize;
  const size = rows * cols * batches;
  const groups = Math.max(size / 64, tilesOf(plan, { rows, cols, batches }, subgroupWidth) * splits);
  const fits = tensors.every(({ bytes }) => bytes <= most) && 4 * splits * size <= most;
  return fits && fold(groups, limits.maxComputeWorkgroupsPerDimension) ? { splits, chunk } : whole;
}

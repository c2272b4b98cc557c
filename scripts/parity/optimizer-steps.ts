import { glipGroups } from '@glip-wgpu/glip-train';
import {
  AdamW,
  MovingAverage,
  multiStepSchedule,
  type SafetensorsFile,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { compareFloats, type Row, unchecked } from './compare.ts';
import { type ModelCase, wholeLoss } from './parameter-gradients.ts';

interface Overrides {
  readonly 'SOLVER.BASE_LR': number;
  readonly 'SOLVER.LANG_LR': number;
  readonly 'SOLVER.WEIGHT_DECAY': number;
  readonly 'SOLVER.WARMUP_ITERS': number;
  readonly 'SOLVER.WARMUP_FACTOR': number;
  readonly 'SOLVER.STEPS': readonly number[];
  readonly 'SOLVER.CLIP_GRADIENTS.CLIP_VALUE': number;
}

/** Steps of the original's optimizer, as recorded in info.json. */
export interface OptimizerLog {
  readonly solver_overrides: Overrides;
  readonly ema_decay: number;
  readonly log: readonly {
    readonly iteration: number;
    readonly total: number;
    readonly grad_norm_before_clip: number;
    readonly lr: Readonly<Record<string, number>>;
  }[];
}

type Numbers = ArrayLike<number>;

const NEIGHBORS = 8; // runs from parameters that are off by rounding
const NEIGHBORHOOD = 0.04; // of their spread counts as noise: a number may differ by twice the spread

/**
 * Trains on one batch as the original did, from the original's first gradient as it is stored, and compares learning
 * rates, losses, norms, and the recorded parameters. Adam moves an element by its gradient's sign however small that is,
 * and the loss has kinks: a deformable sample that rounding moves across a pixel's edge has another gradient for its
 * offset, and four steps make that visible everywhere. So numbers beyond the recorded noise are compared with runs from
 * our own first gradient and from parameters off by one rounding: their spread shows the growth of rounding errors.
 *
 * @param again  the model once more, with parameters of its own
 * @param first  the original's first gradient, as parameters
 */
export async function checkOptimizerSteps(
  given: ModelCase,
  again: ModelCase,
  first: ParameterTree,
  log: OptimizerLog,
  stored: SafetensorsFile,
): Promise<Row[]> {
  const found = await train(given, log, stored, first);
  const expected = new Map<string, Numbers>(stored.names.map((name) => [name, stored.f32(name)]));
  for (const { iteration, total, grad_norm_before_clip: norm, lr } of log.log) {
    expected.set(`${iteration} loss`, [total]);
    expected.set(`${iteration} norm of the gradient`, [norm]);
    for (const [name, rate] of Object.entries(lr)) expected.set(`${iteration} lr ${name}`, [rate]);
  }
  const rows = [...expected].map(([name, numbers]) => {
    const title = `train_steps ${name}`;
    const ours = found.get(name);
    return { name, numbers, ours, row: ours ? compareFloats(title, ours, numbers) : unchecked(title) };
  });
  if (rows.every(({ row }) => row.verdict === 'ok')) return rows.map(({ row }) => row);
  const neighbors = await neighboringRuns(again, log, stored, first);
  return rows.map(({ name, numbers, ours, row }) => {
    if (row.verdict === 'ok' || !ours || / lr /.test(name)) return row;
    const runs = [found, ...neighbors].map((run) => run.get(name) ?? []);
    return compareFloats(row.name, ours, numbers, NEIGHBORHOOD * spreadOf(runs));
  });
}

/** Runs that differ from that of the original's first gradient by rounding alone. */
async function neighboringRuns(
  again: ModelCase,
  log: OptimizerLog,
  stored: SafetensorsFile,
  first: ParameterTree,
): Promise<Map<string, Numbers>[]> {
  const tensors = [...again.parameters.all.values()].map(({ tensor }) => tensor);
  const initial = await Promise.all(tensors.map((tensor) => tensor.read()));
  const runs = [await train(again, log, stored)];
  let state = 1;
  const sign = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state < 2 ** 31 ? -1 : 1;
  };
  for (let run = 0; run < NEIGHBORS; run++) {
    for (const [i, tensor] of tensors.entries()) {
      tensor.device.upload(
        tensor,
        Float32Array.from(initial[i], (value) => value * (1 + sign() * 2 ** -23)),
      );
    }
    runs.push(await train(again, log, stored, first));
  }
  return runs;
}

/** Largest difference of any two runs in any element. */
function spreadOf(runs: readonly Numbers[]): number {
  let spread = 0;
  for (let i = 0; i < runs[0].length; i++) {
    const values = runs.map((run) => run[i]);
    spread = Math.max(spread, Math.max(...values) - Math.min(...values));
  }
  return spread;
}

/** Every number of a run that is stored, by its name. */
async function train(
  given: ModelCase,
  { solver_overrides: solver, ema_decay, log }: OptimizerLog,
  stored: SafetensorsFile,
  first?: ParameterTree,
): Promise<Map<string, Numbers>> {
  const { parameters } = given;
  const trained = new Map([...parameters.all].map(([name, { tensor }]) => [name, tensor]));
  const names = [...trained.keys()];
  const groupOf = glipGroups({
    learningRate: solver['SOLVER.BASE_LR'],
    languageLearningRate: solver['SOLVER.LANG_LR'],
    weightDecay: solver['SOLVER.WEIGHT_DECAY'],
  });
  const schedule = multiStepSchedule({
    warmupSteps: solver['SOLVER.WARMUP_ITERS'],
    warmupFactor: solver['SOLVER.WARMUP_FACTOR'],
    milestones: solver['SOLVER.STEPS'],
  });
  using optimizer = new AdamW(trained, { groupOf, clipNorm: solver['SOLVER.CLIP_GRADIENTS.CLIP_VALUE'] });
  using average = new MovingAverage(trained, ema_decay);
  const loss = wholeLoss(given);
  const found = new Map<string, Numbers>();
  const keep = async (prefix: string, tensors: ReadonlyMap<string, Tensor>): Promise<void> => {
    for (const key of stored.names.filter((name) => name.startsWith(prefix))) {
      const name = key.slice(prefix.length);
      const tensor = tensors.get(name);
      if (tensor) found.set(key, parameters.unpack(name, await tensor.read()));
    }
  };
  for (const [step, { iteration, lr }] of log.entries()) {
    const factor = schedule(step);
    for (const name of Object.keys(lr))
      found.set(`${iteration} lr ${name}`, [factor * groupOf(name).learningRate]);
    const { value, grads } = valueAndGrad(loss, [...trained.values()]);
    const given = iteration === 1 && first;
    const gradientOf = (name: string, i: number): Tensor =>
      (given ? first.all.get(name)?.tensor : undefined) ?? grads[i];
    const factorTensor = value.device.tensor([factor], [1]);
    const norm = optimizer.step(names.map(gradientOf), factorTensor);
    average.update(trained);
    found.set(`${iteration} loss`, await value.read());
    found.set(`${iteration} norm of the gradient`, await norm.read());
    for (const tensor of [value, norm, factorTensor, ...grads]) tensor.dispose();
    await keep(`after${iteration}.`, trained);
  }
  await keep(`ema_after${log.length}.`, average.averages);
  return found;
}

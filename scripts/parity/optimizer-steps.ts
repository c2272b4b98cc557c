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

/**
 * Trains on one batch as the original did, from the original's first gradient as it is stored, and compares rates, losses,
 * norms, and the parameters that it kept. Adam moves an element by its gradient's sign however small that is, and this
 * network bends sharply: what rounding does to the first gradient, which is compared by itself, grows a thousandfold in
 * four steps. That growth is measured with a run from our own first gradient, and is the noise of losses and norms.
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
  const own = await train(again, log, stored);
  const expected = new Map<string, Numbers>(stored.names.map((name) => [name, stored.f32(name)]));
  for (const { iteration, total, grad_norm_before_clip: norm, lr } of log.log) {
    expected.set(`${iteration} loss`, [total]);
    expected.set(`${iteration} norm of the gradient`, [norm]);
    for (const [name, rate] of Object.entries(lr)) expected.set(`${iteration} lr ${name}`, [rate]);
  }
  return [...expected].map(([name, numbers]) => {
    const title = `train_steps ${name}`;
    const [ours, other] = [found.get(name), own.get(name)];
    if (!ours || !other) return unchecked(title);
    const row = compareFloats(title, ours, numbers);
    if (row.verdict === 'ok' || !/ (loss|norm of the gradient)$/.test(name)) return row;
    return compareFloats(title, ours, numbers, Math.abs(ours[0] - other[0]));
  });
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

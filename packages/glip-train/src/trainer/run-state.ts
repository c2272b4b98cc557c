import { type ByteSource, DeviceError, type StoredTensor, storedTensor } from '@glip-wgpu/tensor-wgpu';
import { type OpenCheckpoint, openTrainingCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { PhaseStep, Trained } from './phase-step.ts';
import { NO_PLATEAU, type Plateau } from './plateau.ts';
import { changesBetween, describeChange, type RunChange, type RunSettings } from './run-change.ts';
import { TrainingError } from './training-error.ts';
import { stepsOf, type TrainingPlan } from './training-plan.ts';

const FORMAT = 'glip-train checkpoint 1';

/**
 * True for a field on which no number of a step depends. Evaluations change the learning rate only of `plateau`; in mixed
 * precision, intermediates are computed again from rounded ones.
 */
function isFree(field: string, { phases, precision }: TrainingPlan): boolean {
  if (field === 'evaluateEvery') return phases.every(({ schedule }) => schedule.kind !== 'plateau');
  if (field === 'recompute') return precision !== 'mixed';
  return field === 'saveEvery';
}

/** All that a run's steps depend on, beside the model. */
export interface RunTerms {
  readonly plan: TrainingPlan;
  readonly settings: RunSettings | undefined;
}

/** True for a change that a run may continue with; `changes` are all of them. */
export type AcceptsChange = (change: RunChange, changes: readonly RunChange[]) => boolean;

/** Place of a run in its plan, and its evaluations so far. */
export interface Progress {
  /** Optimizer steps taken, skipped ones included. */
  readonly step: number;
  /** First metric of the best evaluation; a phase with another metric begins anew. */
  readonly best: { readonly name: string; readonly value: number };
  /** Evaluations since the best one. */
  readonly worse: number;
  /** Step of the last evaluation. */
  readonly evaluated: number;
  /** Of the phase. */
  readonly plateau: Plateau;
}

/** Progress before the first step. */
export const AT_START: Progress = {
  step: 0,
  best: { name: '', value: Number.NEGATIVE_INFINITY },
  worse: 0,
  evaluated: 0,
  plateau: NO_PLATEAU,
};

/**
 * Everything that the rest of a run depends on, as a safetensors file in parts: weights, averages, optimizer state, random
 * counter, progress.
 *
 * @param phase  of the next step, if it has begun: its optimizer's state is included
 */
export function writeRunState(
  { parameters, extra, average, key }: Trained,
  { plan, settings }: RunTerms,
  { step, best, worse, evaluated, plateau }: Progress,
  phase: PhaseStep | undefined,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const tensors: [string, StoredTensor][] = [
    ...prefixed('model/', parameters.stored()),
    ...prefixed('extra/', extra.stored()),
    ...[...(average?.averages ?? [])].map(([name, tensor]): [string, StoredTensor] => [
      `average/${name}`,
      storedTensor(tensor),
    ]),
    ['random.key', storedTensor(key)],
    ...(phase ? prefixed('optimizer/', phase.optimizer.state.stored()) : []),
  ];
  return writeCheckpoint(tensors, [
    ['format', FORMAT],
    ['step', `${step}`],
    ['best', `${best.value}`],
    ['metric', best.name],
    ['worse', `${worse}`],
    ['evaluated', `${evaluated}`],
    ['plateau', [plateau.best, plateau.bad, plateau.drops].join(' ')],
    ['optimizer', phase ? 'included' : 'new'],
    ['plan', JSON.stringify(plan)],
    ...(settings ? [['settings', JSON.stringify(settings)] as const] : []),
  ]);
}

/** A checkpoint that a run can continue from. */
export interface OpenRunState {
  readonly file: OpenCheckpoint;
  readonly progress: Progress;
  /** Accepted changes since. */
  readonly changes: readonly RunChange[];
}

/** @throws TrainingError 'damaged-checkpoint', or 'other-run' for another format and for changes that are not accepted */
export async function openRunState(
  source: ByteSource,
  { plan, settings }: RunTerms,
  accepts: AcceptsChange,
): Promise<OpenRunState> {
  const file = await openTrainingCheckpoint(source);
  const { metadata } = file;
  if (metadata.get('format') !== FORMAT) throw otherRun(`its format is ${metadata.get('format')}`);
  const saved = [metadata.get('plan'), metadata.get('settings')].map((text) => JSON.parse(text ?? 'null'));
  if (saved[0] === null) throw otherRun('it has no plan');
  // A checkpoint without settings, or a trainer without them, says nothing about them.
  const both = saved[1] !== null && settings !== undefined;
  const changes = [...changesBetween(saved[0], plan), ...(both ? changesBetween(saved[1], settings) : [])];
  const refused = changes.filter((change) => !isFree(change.field, plan) && !accepts(change, changes));
  if (refused.length > 0) throw otherRun(refused.map(describeChange).join('; '), { changes: refused });
  const number = (name: string): number => Number(metadata.get(name));
  const progress: Progress = {
    step: number('step'),
    best: { name: metadata.get('metric') ?? '', value: number('best') },
    worse: number('worse'),
    evaluated: number('evaluated'),
    plateau: plateauOf(metadata.get('plateau')),
  };
  const { bad, drops } = progress.plateau;
  const whole = [progress.step, progress.worse, progress.evaluated, bad, drops].every(
    (count) => Number.isSafeInteger(count) && count >= 0,
  );
  if (!whole || progress.step > stepsOf(plan)) throw otherRun('its steps are not those of the plan');
  return { file, progress, changes };
}

/**
 * Overwrites weights, averages, random counter and optimizer state in place.
 *
 * @param phase  of the next step, if the plan has one
 * @throws TrainingError 'damaged-checkpoint' or 'other-run'; everything is then undefined
 */
export async function restoreTensors(
  { parameters, extra, average, key }: Trained,
  file: OpenCheckpoint,
  phase: PhaseStep | undefined,
): Promise<void> {
  const expected = new Map<string, (numbers: Float32Array | Uint32Array) => void>();
  for (const name of parameters.all.keys())
    expected.set(`model/${name}`, (numbers) => parameters.write(name, numbers as Float32Array));
  for (const [name, tensor] of average?.averages ?? [])
    expected.set(`average/${name}`, (numbers) => tensor.device.upload(tensor, numbers));
  expected.set('random.key', (numbers) => key.device.upload(key, numbers));
  const missing = [...expected.keys()].filter((name) => !file.names.includes(name));
  if (missing.length > 0)
    throw otherRun(`it lacks ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ', ...' : ''}`);
  for (const name of file.names.filter((one) => one.startsWith('extra/'))) {
    const own = name.slice('extra/'.length);
    extra.get(own, file.info(name).shape);
    expected.set(name, (numbers) => extra.write(own, numbers as Float32Array));
  }
  for (const [name, write] of expected) {
    const numbers = await file.numbers(name);
    try {
      write(numbers);
    } catch (cause) {
      if (cause instanceof DeviceError) throw cause;
      throw otherRun(`its ${name} does not fit: ${(cause as Error).message}`, { cause });
    }
  }
  if (file.metadata.get('optimizer') === 'included')
    await phase?.optimizer.state.restoreEach((name) => file.numbers(`optimizer/${name}`));
}

function otherRun(
  what: string,
  details: { readonly cause?: unknown; readonly changes?: readonly RunChange[] } = {},
): TrainingError {
  return new TrainingError('other-run', `the checkpoint is of another run: ${what}`, details);
}

/** Checkpoints of older runs have none. */
function plateauOf(text: string | undefined): Plateau {
  if (text === undefined) return NO_PLATEAU;
  const [best, bad, drops] = text.split(' ').map(Number);
  return { best, bad, drops };
}

function prefixed(
  prefix: string,
  stored: Iterable<readonly [string, StoredTensor]>,
): [string, StoredTensor][] {
  return [...stored].map(([name, tensor]) => [`${prefix}${name}`, tensor]);
}

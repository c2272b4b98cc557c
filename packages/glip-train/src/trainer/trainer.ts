import type { GlipConfig } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import {
  type ByteSource,
  type Device,
  MovingAverage,
  randomKey,
  type Schedule,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { BatchSource, TrainingBatch } from '../data/training-batch.ts';
import { PlanError } from '../errors.ts';
import type { FeatureStore } from './feature-store.ts';
import { Pace, secondsSince } from './pace.ts';
import { PhaseStep, type Trained } from './phase-step.ts';
import { afterEvaluation, NO_PLATEAU, plateauFactor } from './plateau.ts';
import type { RunChange, RunSettings } from './run-change.ts';
import {
  type AcceptsChange,
  AT_START,
  openRunState,
  type RunTerms,
  restoreTensors,
  writeRunState,
} from './run-state.ts';
import { notFinite, stepEvent } from './step-event.ts';
import { TrainingError } from './training-error.ts';
import type { StepEvent, TrainingEvent } from './training-event.ts';
import { beginHeads } from './training-heads.ts';
import {
  checkPlan,
  type PhasePlan,
  phaseAt,
  scheduleOf,
  stepsOf,
  type TrainingPlan,
} from './training-plan.ts';

/** Weights to be evaluated or exported: moving averages where the plan has them. */
export interface CurrentWeights {
  readonly step: number;
  /** The phase in progress, or that has just ended. */
  readonly phase: PhasePlan;
  /** Valid until the returned promise settles; its tensors are the trainer's. */
  readonly parameters: ParameterTree;
  /** Of heads that only training has. */
  readonly extra: ParameterTree;
  readonly signal: AbortSignal | undefined;
}

export interface TrainerOptions {
  readonly config: GlipConfig;
  /** The model's parameters, f32; trained in place. The caller disposes them. */
  readonly parameters: ParameterTree;
  readonly plan: TrainingPlan;
  /**
   * Heads that only training has, as a safetensors file that an earlier run saved (`trainer.heads.save()`): its losses go on where they
   * were. Those that it lacks, or has in another shape, begin random, as all do without it.
   */
  readonly heads?: Uint8Array | undefined;
  /**
   * Settings that the run depends on beside its plan, such as the options of its batches: plain JSON. Checkpoints hold it, and a run with other
   * settings does not continue from them.
   */
  readonly settings?: RunSettings;
  /** Opens the batches of a phase; the trainer disposes them. */
  batches(phase: PhasePlan, index: number): BatchSource | Promise<BatchSource>;
  /** Metrics of the weights as they are, the most important one first. */
  evaluate?(weights: CurrentWeights): Promise<Readonly<Record<string, number>>>;
  /** Stores a checkpoint, whose parts come as they are read from the GPU. Training goes on when the promise settles. */
  save?(parts: AsyncIterable<Uint8Array<ArrayBuffer>>, step: number): Promise<void>;
  /** Replays recorded steps; true by default. False gives the same bits, slowly. */
  readonly captured?: boolean;
  /**
   * GPU memory for outputs of encoders and towers that a phase does not train, which are then computed once for each image;
   * 512 MiB by default. Results do not depend on it.
   */
  readonly featureBytes?: number;
  /** Room for those that leave GPU memory; by default there is none. Results do not depend on it. */
  readonly featureStore?: FeatureStore;
}

const MAX_SKIPPED = 3; // in a row
const FEATURE_BYTES = 2 ** 29;

/**
 * Trains a model by a plan: phases of optimizer steps with evaluations and checkpoints between them. A run that was stopped
 * and restored from a checkpoint continues bit for bit as if it had not been, on the same adapter.
 */
export class Trainer implements Disposable {
  readonly plan: TrainingPlan;
  readonly #options: TrainerOptions;
  readonly #trained: Trained;
  readonly #averaged: ParameterTree;
  #phase: { readonly index: number; readonly step: PhaseStep; readonly factor: Schedule } | undefined;
  #progress = AT_START;

  /** @throws PlanError for a plan that is invalid or does not fit the model; SafetensorsError, CheckpointError for damaged `heads` */
  constructor(options: TrainerOptions) {
    const { config, parameters, plan, captured = true, featureBytes = FEATURE_BYTES, featureStore } = options;
    checkPlan(plan);
    expectEvaluations(options);
    this.plan = plan;
    this.#options = options;
    const { device } = parameters;
    const model = network(parameters, config);
    const average =
      plan.averageDecay > 0 ? new MovingAverage(parameters.tensors(), plan.averageDecay) : undefined;
    const shapes = parameters.all;
    this.#averaged = average
      ? ParameterTree.over(
          device,
          new Map(
            [...average.averages].map(([name, tensor]) => [
              name,
              { tensor, shape: shapes.get(name)?.shape ?? [] },
            ]),
          ),
        )
      : ParameterTree.over(device, shapes);
    const extra = ParameterTree.random(device, plan.seed);
    beginHeads(extra, config, plan.phases, options.heads);
    const key = randomKey(device, plan.seed);
    this.#trained = {
      device,
      config,
      network: model,
      parameters,
      extra,
      average,
      key,
      captured,
      featureBytes,
      featureStore,
    };
  }

  get device(): Device {
    return this.#trained.device;
  }

  /** Optimizer steps taken, skipped ones included. */
  get step(): number {
    return this.#progress.step;
  }

  /** Evaluations since the best one. */
  get worseEvaluations(): number {
    return this.#progress.worse;
  }

  /** The weights as evaluations see them. */
  get weights(): ParameterTree {
    return this.#averaged;
  }

  /** Heads that only training has; for `TrainerOptions.heads` of a run that goes on with these weights. */
  get heads(): ParameterTree {
    return this.#trained.extra;
  }

  /**
   * Trains to the end of the plan, or until the signal aborts: then the step in progress is finished, a checkpoint is saved,
   * and the sequence ends. Whoever stops reading pauses the run.
   *
   * @throws TrainingError 'not-finite' after three skipped steps in a row, with their batches; what batches, evaluation and
   *   saving throw; DeviceError
   */
  async *run({ signal }: { readonly signal?: AbortSignal } = {}): AsyncGenerator<TrainingEvent, void> {
    const total = stepsOf(this.plan);
    let saved = this.step;
    if (this.#owesEvaluation() && !signal?.aborted) {
      yield* this.#evaluate(signal);
      saved = Number.NaN;
    }
    while (this.step < total && !signal?.aborted) {
      const { index, first } = phaseAt(this.plan, this.step);
      const phase = this.plan.phases[index];
      const { step, factor } = this.#enter(index);
      if (this.step === first) this.#progress = { ...this.#progress, plateau: NO_PLATEAU };
      const { tensors, parameters } = step.size;
      yield { kind: 'phase', phase: phase.name, step: first, steps: phase.steps, tensors, parameters };
      using source = await this.#options.batches(phase, index);
      const pace = new Pace(total);
      const skipped: TrainingBatch[] = [];
      let pending: (() => Promise<StepEvent>) | undefined;
      const end = first + phase.steps;
      for await (const batch of source.batches(this.step - first)) {
        const waited = pace.waited();
        const rate = factor(this.step - first) * plateauFactor(this.#progress.plateau, phase.schedule);
        await step.load(batch);
        const numbers = step.run(batch, rate);
        numbers.catch(() => {}); // reported by the await below
        const taken = this.step + 1;
        this.#progress = { ...this.#progress, step: taken };
        const finished = pending;
        pending = async () => {
          const event = stepEvent(await numbers, phase, taken, total, rate, batch, pace.ended(taken, waited));
          if (!event.skipped) skipped.length = 0;
          else skipped.push(batch);
          if (skipped.length >= MAX_SKIPPED) throw notFinite(taken, skipped);
          return event;
        };
        if (finished) yield await finished();
        const evaluates = this.#owesEvaluation();
        const saves = this.#isDue(this.plan.saveEvery) && this.#options.save !== undefined;
        const stops = taken === end || signal?.aborted === true;
        if (evaluates || saves || stops) {
          yield await pending();
          pending = undefined;
        }
        if (evaluates && !signal?.aborted) yield* this.#evaluate(signal);
        if (saves || (signal?.aborted && this.#options.save)) {
          yield* this.#save();
          saved = taken;
        }
        pace.restart(pending === undefined);
        if (stops || signal?.aborted) break;
      }
      if (this.step < end && !signal?.aborted) {
        throw new TrainingError('no-batches', `phase ${phase.name} has no batches after step ${this.step}`);
      }
    }
    if (saved !== this.step && this.#options.save) yield* this.#save();
  }

  /** True at a step after which something is due that happens every so many steps and at the end. */
  #isDue(every: number): boolean {
    return (every > 0 && this.step % every === 0) || this.step === stepsOf(this.plan);
  }

  /** True if the run was stopped before or during the evaluation of its step, or has just come to it. */
  #owesEvaluation(): boolean {
    if (this.#options.evaluate === undefined || this.step === 0) return false;
    return this.#isDue(this.plan.evaluateEvery) && this.#progress.evaluated !== this.step;
  }

  async *#evaluate(signal: AbortSignal | undefined): AsyncGenerator<TrainingEvent, void> {
    const start = performance.now();
    const evaluate = this.#options.evaluate as NonNullable<TrainerOptions['evaluate']>;
    const phase = this.plan.phases[phaseAt(this.plan, this.step - 1).index];
    let metrics: Readonly<Record<string, number>>;
    try {
      metrics = await evaluate({
        step: this.step,
        phase,
        parameters: this.#averaged,
        extra: this.#trained.extra,
        signal,
      });
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    }
    const [name, value] = Object.entries(metrics).at(0) ?? ['', Number.NaN];
    const { step, best: before, worse, plateau } = this.#progress;
    const best = name !== before.name || value > before.value;
    this.#progress = {
      step,
      best: best ? { name, value } : before,
      worse: best ? 0 : worse + 1,
      evaluated: step,
      plateau: afterEvaluation(plateau, value, phase.schedule),
    };
    yield { kind: 'evaluation', step: this.step, metrics, seconds: secondsSince(start), best };
  }

  async *#save(): AsyncGenerator<TrainingEvent, void> {
    const start = performance.now();
    await this.#options.save?.(this.checkpoint(), this.step);
    yield { kind: 'checkpoint', step: this.step, seconds: secondsSince(start) };
  }

  /**
   * Everything that the rest of the run depends on, as a safetensors file in parts: weights, averages, optimizer state, random
   * counter, step. No step may run before it is read to its end.
   */
  checkpoint(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const { step } = this.#progress;
    const next = step < stepsOf(this.plan) ? phaseAt(this.plan, step).index : undefined;
    const current = this.#phase?.index === next ? this.#phase?.step : undefined;
    return writeRunState(this.#trained, this.#terms, this.#progress, current);
  }

  get #terms(): RunTerms {
    return { plan: this.plan, settings: this.#options.settings };
  }

  /**
   * Continues from a checkpoint of a run with the same plan, settings and model.
   *
   * @param accepts  is asked about each change of plan and settings since the checkpoint; those of `saveEvery`,
   *   in f32 of `recompute`, and without the schedule `plateau` of `evaluateEvery`, are always accepted, by default no other
   * @returns        the changes since
   * @throws TrainingError 'damaged-checkpoint', or 'other-run' with the changes that are not accepted; the weights are then
   *   undefined: restore a good one before training
   */
  async restore(
    source: ByteSource,
    { accepts = () => false }: { readonly accepts?: AcceptsChange } = {},
  ): Promise<readonly RunChange[]> {
    const { file, progress, changes } = await openRunState(source, this.#terms, accepts);
    const { step } = progress;
    this.#phase?.step.dispose();
    this.#phase = undefined;
    const phase = step < stepsOf(this.plan) ? this.#enter(phaseAt(this.plan, step).index) : undefined;
    await restoreTensors(this.#trained, file, phase?.step);
    await this.device.finish();
    this.#progress = progress;
    return changes;
  }

  #enter(index: number): { readonly step: PhaseStep; readonly factor: Schedule } {
    if (this.#phase?.index === index) return this.#phase;
    this.#phase?.step.dispose();
    const phase = this.plan.phases[index];
    this.#phase = { index, step: new PhaseStep(this.#trained, this.plan, phase), factor: scheduleOf(phase) };
    return this.#phase;
  }

  /** Frees what the trainer made; the model's parameters stay. */
  dispose(): void {
    this.#phase?.step.dispose();
    this.#averaged.dispose();
    this.#trained.average?.dispose();
    this.#trained.extra.dispose();
    this.#trained.key.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function expectEvaluations({ plan: { phases }, evaluate }: TrainerOptions): void {
  const index = phases.findIndex(({ schedule }) => schedule.kind === 'plateau');
  if (index < 0 || evaluate) return;
  throw new PlanError(`phases[${index}].schedule.kind`, 'is plateau, which needs something to evaluate on');
}

import type { GlipConfig } from '@glip-wgpu/glip-core';
import { type Network, regularizationOf } from '@glip-wgpu/glip-core/network';
import {
  type AdamW,
  addAssign,
  assign,
  capture,
  concat,
  type Device,
  keep,
  type MovingAverage,
  nextStep,
  reshape,
  scope,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { anchorGrid } from '../anchor-grid.ts';
import type { MicroBatch, TrainingBatch } from '../data/training-batch.ts';
import { PlanError } from '../errors.ts';
import { type AnchorTensors, anchorTensors } from '../losses/grounding-loss.ts';
import { type Normalizers, uploadTargets } from '../losses/loss-targets.ts';
import { type FeatureStore, StoredFeatures } from './feature-store.ts';
import { FrozenFeatures, frozenParts } from './frozen-features.ts';
import { type BatchTensors, type NetworkOptions, phaseLosses } from './phase-losses.ts';
import { phaseOptimizer } from './phase-optimizer.ts';
import { headsOf } from './training-heads.ts';
import { type PhasePlan, type TrainingPlan, trainedBy } from './training-plan.ts';

/** The state that all phases of a run share. */
export interface Trained {
  readonly device: Device;
  readonly config: GlipConfig;
  readonly network: Network;
  /** Of the model. */
  readonly parameters: ParameterTree;
  /** Of heads that only training has. */
  readonly extra: ParameterTree;
  /** Of the model's parameters. */
  readonly average: MovingAverage | undefined;
  /** Of the step's random numbers, on the GPU. */
  readonly key: Tensor;
  /** Replays recorded passes; false runs every step anew, which gives the same bits. */
  readonly captured: boolean;
  /** Limit of GPU memory for outputs of frozen parts. */
  readonly featureBytes: number;
  /** For those that find no room in it. */
  readonly featureStore?: FeatureStore | undefined;
}

/** Numbers of a step, read with one transfer. */
export interface StepNumbers {
  /** Sum of the weighted losses. */
  readonly loss: number;
  /** Each loss before its weight. */
  readonly losses: Readonly<Record<string, number>>;
  /** Global gradient norm before clipping; infinite if the step was skipped because a gradient was not finite. */
  readonly gradientNorm: number;
}

type Inputs = [batch: BatchTensors, anchors: AnchorTensors];

/** Runs as given, or recorded once for each set of shapes. */
type Run<A extends readonly unknown[]> = (...inputs: A) => Tensor;

/**
 * Optimizer steps of one phase: forward pass, losses, gradients, clipping, AdamW and the moving average, recorded once for
 * each shape of batch. All that changes between steps is a tensor.
 */
export class PhaseStep implements Disposable {
  readonly optimizer: AdamW;
  readonly #trained: Trained;
  readonly #tensors: ReadonlyMap<string, Tensor>;
  /** Of the losses, in the order of the step's numbers. */
  #names: readonly string[] = [];
  readonly #frozen: FrozenFeatures | undefined;
  readonly #anchors = new Map<string, AnchorTensors>();
  readonly #captures: Disposable[] = [];
  readonly #whole: Run<[...Inputs, factor: Tensor]>;
  readonly #first: Run<Inputs>;
  readonly #next: Run<Inputs>;
  readonly #finish: Run<[factor: Tensor]>;
  /** Sums of gradients over the parts of a batch; made when a batch has several. */
  #sums: readonly Tensor[] | undefined;

  /** @throws PlanError for losses that the model cannot have */
  constructor(trained: Trained, plan: TrainingPlan, phase: PhasePlan) {
    this.#trained = trained;
    const { parameters, extra, network, config, average, key } = trained;
    const lossesOf = phaseLosses(network, config, extra, phase.losses, plan.precision);
    const wanted = trainedBy(phase);
    // The gradient norm is summed in this order, which must not depend on the order of a model's file.
    this.#tensors = new Map([
      ...[...parameters.tensors()].filter(([name]) => wanted(name)).sort(byName),
      ...headsOf(phase.losses).flatMap((place) => [...extra.at(place).tensors()].sort(byName)),
    ]);
    if (this.#tensors.size === 0)
      throw new PlanError('phases', `${phase.name}: trains no parameter of this model`);
    this.optimizer = phaseOptimizer(plan, phase, this.#tensors);
    const frozen = frozenParts(this.#tensors.keys(), plan, phase);
    if (frozen) {
      const { device, featureBytes: maxBytes, featureStore } = trained;
      const isFrozen = (name: string): boolean => !this.#tensors.has(name);
      const store =
        featureStore && new StoredFeatures(featureStore, { device, config, parameters, isFrozen });
      this.#frozen = new FrozenFeatures(trained, frozen, { maxBytes, store });
    }
    const model = parameters.tensors();
    const options: NetworkOptions = {
      recompute: plan.recompute,
      ...(plan.regularization && { regularization: { ...regularizationOf(config), key } }),
    };

    const gradientsOf = (...[batch, anchors]: Inputs): { losses: Tensor; grads: readonly Tensor[] } => {
      const { value, grads, aux } = valueAndGrad(() => {
        const { total, parts } = lossesOf(batch, anchors, options);
        this.#names = [...parts.keys()];
        return [total, [...parts.values()]] as const;
      }, [...this.#tensors.values()]);
      return {
        grads,
        losses: concat(
          [value, ...aux].map((loss) => reshape(loss, [1])),
          0,
        ),
      };
    };
    const update = (grads: readonly Tensor[], factor: Tensor): Tensor => {
      const norm = this.optimizer.step(grads, factor);
      average?.update(model, norm);
      return norm;
    };
    const collect =
      (into: (sum: Tensor, grad: Tensor) => void) =>
      (...inputs: Inputs): Tensor => {
        const { grads, losses } = gradientsOf(...inputs);
        for (const [i, sum] of this.#sumsOf().entries()) into(sum, grads[i]);
        nextStep(key);
        return losses;
      };
    this.#whole = this.#prepared((batch, anchors, factor) => {
      const { grads, losses } = gradientsOf(batch, anchors);
      const numbers = concat([losses, update(grads, factor)], 0);
      nextStep(key);
      return numbers;
    });
    this.#first = this.#prepared(collect(assign));
    this.#next = this.#prepared(collect(addAssign));
    this.#finish = this.#prepared((factor) => update(this.#sumsOf(), factor));
  }

  /** Tensors and numbers that the phase trains. */
  get size(): { readonly tensors: number; readonly parameters: number } {
    const parameters = [...this.#tensors.values()].reduce((sum, { size }) => sum + size, 0);
    return { tensors: this.#tensors.size, parameters };
  }

  /** Reads from the store what a batch needs of frozen parts; without it, the step computes it again. */
  async load({ parts }: TrainingBatch): Promise<void> {
    await this.#frozen?.load(parts);
  }

  /**
   * Submits one step.
   *
   * @param factor  of the learning rates
   * @returns       a promise of its numbers, which the caller may await after the next step was submitted
   */
  run(batch: TrainingBatch, factor: number): Promise<StepNumbers> {
    return this.#read(this.submit(batch, factor));
  }

  /** Submits one step without reading it. @returns tensors that hold its numbers, which the caller disposes */
  submit({ parts, normalizers }: TrainingBatch, factor: number): readonly Tensor[] {
    const { device } = this.#trained;
    if (parts.length > 1) this.#sumsOf(); // outside of what is recorded
    return scope(() => {
      const rate = device.tensor([factor], [1]);
      if (parts.length === 1) return [this.#whole(...this.#inputs(parts[0], normalizers), rate)];
      const losses = parts.map((part, i) => {
        const run = i === 0 ? this.#first : this.#next;
        return scope(() => run(...this.#inputs(part, normalizers)));
      });
      return [...losses, this.#finish(rate)];
    });
  }

  async #read(tensors: readonly Tensor[]): Promise<StepNumbers> {
    const names = this.#names;
    const lists = (await this.#trained.device.read(tensors)).map((numbers) => [...numbers]);
    for (const tensor of tensors) tensor.dispose();
    const gradientNorm = lists.at(-1)?.pop() as number;
    const sums = ['loss', ...names].map((_, i) => lists.reduce((sum, list) => sum + (list[i] ?? 0), 0));
    const [loss, ...parts] = sums;
    return { loss, losses: Object.fromEntries(names.map((name, i) => [name, parts[i]])), gradientNorm };
  }

  #inputs(part: MicroBatch, normalizers: Normalizers): Inputs {
    const { pixels, shape, ids, mask, targets } = part;
    const { device } = this.#trained;
    const frozen = this.#frozen?.of(part);
    const seen = frozen?.tower !== undefined || frozen?.levels !== undefined;
    const text = [shape[0], targets.tokens] as const;
    const { positives: _, ...tensors } = uploadTargets(device, targets, normalizers);
    const batch = {
      ...(!seen && { image: device.tensor(pixels, shape) }),
      ids: device.tensor(ids, text),
      mask: device.tensor(mask, text),
      targets: tensors,
      ...(frozen && { frozen }),
    };
    return [batch, this.#anchorsOf(shape[1], shape[2])];
  }

  #anchorsOf(height: number, width: number): AnchorTensors {
    const { device, config } = this.#trained;
    const key = `${height} x ${width}`;
    const known = this.#anchors.get(key);
    if (known) return known;
    const { sides, centers } = anchorTensors(device, anchorGrid(config, height, width).boxes);
    const made = { sides: keep(sides), centers: keep(centers) };
    this.#anchors.set(key, made);
    return made;
  }

  #sumsOf(): readonly Tensor[] {
    this.#sums ??= [...this.#tensors.values()].map(({ device, shape }) => device.empty(shape));
    return this.#sums;
  }

  #prepared<A extends readonly unknown[]>(body: Run<A>): Run<A> {
    const { captured, device } = this.#trained;
    if (!captured) return (...inputs) => scope(() => body(...inputs));
    const recorded = capture(device, body);
    this.#captures.push(recorded);
    return recorded;
  }

  /** Frees the recorded passes, the optimizer's state and the sums of gradients; the parameters stay. */
  dispose(): void {
    for (const recorded of this.#captures) recorded[Symbol.dispose]();
    this.optimizer.dispose();
    this.#frozen?.dispose();
    for (const { sides, centers } of this.#anchors.values()) {
      sides.dispose();
      centers.dispose();
    }
    for (const sum of this.#sums ?? []) sum.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function byName([a]: readonly [string, Tensor], [b]: readonly [string, Tensor]): number {
  return a < b ? -1 : Number(a > b);
}

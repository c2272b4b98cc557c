import type { GlipConfig } from '@glip-wgpu/glip-core';
import type { Network, TowerState } from '@glip-wgpu/glip-core/network';
import { add, affine, halfActivations, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { PlanError } from '../errors.ts';
import { type AnchorTensors, groundingLoss, tokenLoss } from '../losses/grounding-loss.ts';
import type { LossTargets } from '../losses/loss-targets.ts';
import { phraseCrossEntropy } from '../losses/phrase-cross-entropy.ts';
import { trainingHead } from './training-heads.ts';
import type { LossWeights, Precision } from './training-plan.ts';

/** A batch on the GPU. */
export interface BatchTensors {
  /** [B, H, W, 4]; not needed where `frozen` has what is computed of it. */
  readonly image?: Tensor | undefined;
  /** [B, T], u32 */
  readonly ids: Tensor;
  /** [B, T] */
  readonly mask: Tensor;
  readonly targets: Omit<LossTargets, 'positives'>;
  /** Outputs of parts that are not trained. */
  readonly frozen?: FrozenOutputs | undefined;
}

/** Outputs that were computed before; those of the tower make the others superfluous. */
export interface FrozenOutputs {
  /** [B, T, dim] */
  readonly hidden?: Tensor;
  /** P3 to P7, each [B, H, W, channels] */
  readonly levels?: readonly Tensor[];
  readonly tower?: TowerState;
}

type Predictions = ReturnType<Network['predict']>;

/** Options of the network while it is trained. */
export type NetworkOptions = Parameters<Network['encodeImage']>[1];

/** Losses of a batch, each [1], before their weights. */
export type LossParts = ReadonlyMap<string, Tensor>;

export interface PhaseLosses {
  readonly total: Tensor;
  readonly parts: LossParts;
}

/**
 * The losses of a phase as a function of a batch. The heads of the additional losses take their parameters from `heads`.
 * The precision is that of the network and these heads; the losses themselves are f32.
 *
 * @throws PlanError for losses that the model cannot have
 */
export function phaseLosses(
  network: Network,
  config: GlipConfig,
  heads: ParameterTree,
  weights: LossWeights,
  precision: Precision = 'f32',
): (batch: BatchTensors, anchors: AnchorTensors, options?: NetworkOptions) => PhaseLosses {
  if (weights.fusion > 0 && !config.fusion) {
    throw new PlanError('losses.fusion', 'needs a model with fusion');
  }
  const pyramidHead = weights.pyramid > 0 ? trainingHead(heads, 'pyramid', config) : undefined;
  const fusionHead = weights.fusion > 0 ? trainingHead(heads, 'fusion', config) : undefined;
  const computed = <T>(body: () => T): T => (precision === 'mixed' ? halfActivations(body) : body());

  return ({ image, ids, mask, targets, frozen = {} }, anchors, options = {}) => {
    const given: LossTargets = { ...targets, positives: 0 };
    const parts = new Map<string, Tensor>();
    const weighted: [part: Tensor, weight: number][] = [];
    const count = (name: string, part: Tensor, weight: number): void => {
      parts.set(name, part);
      weighted.push([part, weight]);
    };
    const countNaming = (name: string, logits: Tensor, weight: number): void => {
      count(name, tokenLoss(logits, targets.tokens, targets.tokenWeights), weight);
      countCrossEntropy(`${name}CrossEntropy`, logits, weight);
    };
    const countCrossEntropy = (name: string, logits: Tensor, weight: number): void => {
      if (weights.crossEntropy === 0) return;
      count(name, phraseCrossEntropy(logits, given, mask), weight * weights.crossEntropy);
    };

    const countDetection = (predictions: Predictions): void => {
      const losses = groundingLoss(predictions, anchors, given);
      count('token', losses.token, weights.detection);
      count('box', losses.box, weights.detection);
      count('centerness', losses.centerness, weights.detection);
      countCrossEntropy('crossEntropy', predictions.tokenLogits, weights.detection);
    };
    const finished = (): PhaseLosses => {
      const total = weighted
        .map(([part, weight]) => (weight === 1 ? part : affine(part, weight, 0)))
        .reduce((sum, part) => add(sum, part));
      return { total, parts };
    };

    if (frozen.tower) {
      const { tower } = frozen;
      countDetection(computed(() => network.predict(tower)));
      return finished();
    }
    const hidden = frozen.hidden ?? computed(() => network.encodeText(ids, mask, options));
    const levels = frozen.levels ?? computed(() => network.encodeImage(image as Tensor, options));
    if (pyramidHead) {
      const logits = computed(() => pyramidHead(levels, hidden));
      countNaming('pyramid', logits, weights.pyramid);
    }
    if (weights.detection > 0 || fusionHead) {
      const fused = new Map<string, Tensor>();
      const probe = (name: string, value: Tensor): void => void fused.set(name, value);
      const predictions = computed(() => network.ground(levels, { hidden, mask }, { ...options, probe }));
      if (fusionHead) {
        const outputs = levels.map((_, i) => fused.get(`tower.2.visual.p${i + 3}`) as Tensor);
        const logits = computed(() => fusionHead(outputs, fused.get('tower.1.lang') as Tensor));
        countNaming('fusion', logits, weights.fusion);
      }
      if (weights.detection > 0) countDetection(predictions);
    }
    return finished();
  };
}

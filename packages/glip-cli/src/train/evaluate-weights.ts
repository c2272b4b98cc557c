import { DetectionError, Glip } from '@glip-wgpu/glip-core';
import { type CurrentWeights, NamingProbe } from '@glip-wgpu/glip-train';
import { note } from '../outputs/terminal.ts';
import { type EvaluatedImage, type EvaluationSplit, evaluateSplit, probeNaming } from './evaluate-run.ts';
import type { TrainableModel } from './trainable-model.ts';
import type { ValidatedImage, Validation } from './validation-pictures.ts';

/** Is told of evaluations. */
export interface EvaluationObserver {
  /** After each image of an evaluation: the split, and how many of its images are done. */
  evaluating?(step: number, progress: string): void;
  /** Images of the first evaluation, with all that was found in them. */
  validated?(split: EvaluationSplit, validation: Validation): Promise<void>;
}

/** Splits to evaluate on, the model whose weights are trained, and an observer. */
export interface WeightsEvaluation {
  readonly splits: readonly EvaluationSplit[];
  readonly model: Pick<TrainableModel, 'config' | 'tokenizer'>;
  readonly reporter: EvaluationObserver;
}

/**
 * Figures of a run's weights on all its splits, by split and figure: those of a detector, or in a phase that trains only
 * the encoders the share of boxes that the pyramid names rightly.
 */
export async function evaluateWeights(
  { step, parameters, extra, phase, signal }: CurrentWeights,
  { splits, model, reporter }: WeightsEvaluation,
): Promise<Record<string, number>> {
  const evaluateAll = async (
    evaluateOne: (split: EvaluationSplit) => Promise<Record<string, number>>,
  ): Promise<Record<string, number>> => {
    const metrics: Record<string, number> = {};
    for (const split of splits) {
      for (const [name, value] of Object.entries(await evaluateOne(split).catch(diverged))) {
        metrics[`${split.config.name} ${name}`] = value;
      }
    }
    return metrics;
  };
  if (phase.losses.detection === 0 && phase.losses.pyramid > 0) {
    const { categoriesPerPrompt } = splits[0].config;
    using probe = new NamingProbe({ ...model, parameters, extra, categoriesPerPrompt });
    return await evaluateAll((split) => probeNaming(probe, split, { signal }));
  }
  using glip = Glip.fromParameters(parameters, model);
  const images: ValidatedImage[] = [];
  let shownFrom = 0;
  const found = await evaluateAll(async (split) => {
    const first = split === splits[0];
    const { name, limit } = split.config;
    const count = Math.min(split.images.length, limit ?? split.images.length);
    const onImage = ({ annotated, found }: EvaluatedImage, done: number): void => {
      reporter.evaluating?.(step, `${name}, ${done} of ${count} images`);
      if (first) images.push({ image: annotated, detections: [...found] });
    };
    const { figures, threshold } = await evaluateSplit(glip, split, { signal, onImage });
    if (first) shownFrom = threshold;
    return figures;
  });
  await reporter.validated?.(splits[0], { step, images, threshold: shownFrom });
  return found;
}

/** Figures of weights with which nothing can be detected. */
function diverged(error: unknown): Record<string, number> {
  if (!(error instanceof DetectionError)) throw error;
  note(`${error.message}: the training diverges, and the evaluation counts as 0`);
  return { AP50: 0 };
}

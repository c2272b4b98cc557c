import { WordPiece } from '@glip-wgpu/bert';
import { type AnnotatedImage, memoryFiles } from '@glip-wgpu/datasets';
import {
  checkConfig,
  type Glip,
  joinNames,
  type ModelSource,
  openModel,
  writeAdapter,
} from '@glip-wgpu/glip-core';
import { isIgnored, type Network, network, withPromptRows } from '@glip-wgpu/glip-core/network';
import { ORIGINAL_LOSSES, openBatches, type PhasePlan, Trainer, trainedAdapter } from '@glip-wgpu/glip-train';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { Calls, TaughtPicture } from './messages.ts';

const SMALL_CHANNELS = 96; // models below learn at ten times the rate
const MAX_BATCH = 4;
const PROMPT_ROWS = { learningRate: 0.05, weightDecay: 0.25 }; // the original's
const PLACE = { file: 'corrections' };

/**
 * Trains a few parameters on corrected pictures: the layers after the tower (`linear`), or rows that are added to the
 * text's features (`prompt`). The model itself stays as it is.
 *
 * @returns an adapter's file
 * @throws DataError for names that do not fit one text; TrainingError; the signal's reason
 */
export async function teach(
  glip: Glip,
  source: ModelSource,
  { pictures, labels, mode, steps, name }: Calls['teach']['request'],
  emit: (event: Calls['teach']['event']) => void,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const opened = await openModel(source);
  const own = checkConfig(await opened.config());
  const { promptRows: _, ...text } = own.text;
  const config = mode === 'prompt' ? { ...own, text: { ...text, promptRows: own.text.maxTokens } } : own;
  const tokenizer = WordPiece.fromVocab(await opened.vocabulary());
  const build = (p: ParameterTree): Network => network(p, config);
  const weights = withPromptRows(opened.source, config);
  const { parameters } = await ParameterTree.load(glip.device, weights, build, isIgnored, {
    dtype: 'f32',
    signal,
  });
  try {
    const categories = labels.map((label, i) => ({ id: i + 1, name: label }));
    const files = memoryFiles(Object.fromEntries(await Promise.all(pictures.map(fileOf))));
    const dataset = { images: pictures.map(annotated), files, categories, kind: 'detection' } as const;
    const batch = Math.min(MAX_BATCH, pictures.length);
    const learningRate = (own.channels < SMALL_CHANNELS ? 10 : 1) * 1e-3;
    const phase: PhasePlan = {
      name: mode,
      steps,
      trains: mode,
      learningRate,
      weightDecay: 1e-4,
      promptRows: PROMPT_ROWS,
      schedule: { kind: 'cosine', warmupSteps: Math.ceil(steps / 10), endFactor: 0.01 },
      losses: ORIGINAL_LOSSES,
    };
    const off = { regularization: false, recompute: false, evaluateEvery: 0, saveEvery: 0 };
    using trainer = new Trainer({
      config,
      parameters,
      plan: { seed: 1, phases: [phase], clipNorm: 1, averageDecay: 0, ...off },
      batches: () =>
        openBatches({
          datasets: [dataset],
          config,
          tokenizer,
          seed: 1,
          batch,
          workers: 0, // this is a worker already
          prompts: { categories: 'fixed' },
        }),
    });
    for await (const event of trainer.run({ signal })) {
      if (event.kind === 'step') emit({ step: event.step, steps, loss: event.loss });
    }
    signal.throwIfAborted();
    const base = { name, fingerprint: await glip.fingerprint() };
    const about = { base, prompt: { categories: labels }, text: joinNames(labels).text, metrics: {} };
    return writeAdapter(await trainedAdapter(parameters, trainer.plan, about));
  } finally {
    parameters.dispose();
  }
}

async function fileOf({ blob }: TaughtPicture, i: number): Promise<[string, Uint8Array]> {
  return [pathOf(i), new Uint8Array(await blob.arrayBuffer())];
}

const pathOf = (i: number): string => `picture-${i + 1}`;

function annotated({ width, height, boxes }: TaughtPicture, i: number): AnnotatedImage {
  const annotations = boxes.map(({ label, box: [x1, y1, x2, y2] }) => ({
    category: label,
    box: [x1, y1, x2 + 1, y2 + 1] as const, // outer edges
    spans: [],
    crowd: false,
    difficult: false,
    place: PLACE,
  }));
  return { path: pathOf(i), width, height, annotations, place: PLACE };
}

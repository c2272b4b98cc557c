import type { Tensor } from '@glip-wgpu/tensor-wgpu';
import type { GlipConfig } from '../config/config.ts';
import type { PreparedImages } from '../image/preprocess.ts';
import { orAbort } from '../or-abort.ts';
import type { PromptChunk, PromptPlan } from '../prompt/plan-prompt.ts';
import { Grounding } from './grounding.ts';
import { imagePlaces } from './image-places.ts';
import { type ChunkOutput, type KeptOutput, keepCandidates } from './kept-output.ts';
import { type RawOutputs, type Runtime, textSize } from './runtime.ts';
import { type ScoreMaps, scoreMapsOf } from './score-maps.ts';

const MAX_READ_BYTES = 2 ** 26; // bytes of outputs collected on the GPU before a transfer

export interface GroundRequest {
  readonly images: PreparedImages;
  /** One per image. */
  readonly plans: readonly PromptPlan[];
  /** Keep each token's score map. */
  readonly explain?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the results so far after each pass but the last; each pass then has its own transfer. */
  readonly onChunk?: ((groundings: readonly Grounding[]) => void) | undefined;
}

/**
 * Runs the model over a batch of images that are padded together. Prompts of several chunks take several passes, with
 * the images encoded once. The outputs of all passes come in one transfer unless they exceed 64 MiB.
 *
 * @throws DeviceError if the GPU is lost or the model disposed; DetectionError for outputs that are not finite; the signal's reason
 */
export async function groundImages(
  runtime: Runtime,
  config: GlipConfig,
  { images, plans, explain, signal, onChunk }: GroundRequest,
): Promise<Grounding[]> {
  const { pixels, shape } = images;
  const passes = passesOf(plans);
  const size = textSize(passes.flat());
  const features = passes.length > 1 ? runtime.encodeImages(pixels, shape) : undefined;
  const run = (chunks: readonly PromptChunk[]): RawOutputs =>
    features ? runtime.ground(features, chunks, size) : runtime.run(pixels, shape, chunks, size);

  const places = imagePlaces(images, config);
  const kept = plans.map((): KeptOutput[] => []);
  const maps = plans.map((): ScoreMaps[] => []);
  const groundings = (): Grounding[] =>
    plans.map((plan, b) => new Grounding(plan, config, places.of(b), kept[b], explain ? maps[b] : undefined));

  const waiting: RawOutputs[] = [];
  let taken = 0; // passes
  const take = async (): Promise<void> => {
    const outputs = await orAbort(readOutputs(runtime, waiting.splice(0)), signal);
    runtime.check();
    for (const ofImages of outputs) {
      for (const [b, output] of ofImages.entries()) {
        const chunk = plans[b].chunks[taken];
        if (!chunk) continue;
        kept[b].push(keepCandidates(output, chunk.phrases, places.anchors, config));
        if (!explain) continue;
        maps[b].push(scoreMapsOf(output.tokenScores, chunk, { ...places.of(b), chunk: taken }));
      }
      taken += 1;
    }
  };
  try {
    for (const [i, chunks] of passes.entries()) {
      signal?.throwIfAborted();
      waiting.push(run(chunks));
      const last = i === passes.length - 1;
      if (!last && !onChunk && bytesOf(waiting) + bytesOf(waiting.slice(-1)) <= MAX_READ_BYTES) continue;
      await take();
      if (!last) onChunk?.(groundings());
    }
  } finally {
    for (const tensor of [...(features ?? []), ...waiting.flatMap(tensorsOf)]) tensor.dispose();
  }
  return groundings();
}

/** Chunks of one pass, one per image; a finished image repeats its first chunk, whose output is ignored. */
function passesOf(plans: readonly PromptPlan[]): PromptChunk[][] {
  const count = plans.reduce((most, { chunks }) => Math.max(most, chunks.length), 0);
  return Array.from({ length: count }, (_, i) => plans.map(({ chunks }) => chunks[i] ?? chunks[0]));
}

function tensorsOf({ phrases, tokens, deltas, centerness }: RawOutputs): Tensor[] {
  return [phrases, tokens, deltas, centerness];
}

function bytesOf(outputs: readonly RawOutputs[]): number {
  return outputs.flatMap(tensorsOf).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** One transfer; for each pass, the output of each image. */
export async function readOutputs(runtime: Runtime, raw: readonly RawOutputs[]): Promise<ChunkOutput[][]> {
  const tensors = raw.flatMap(tensorsOf);
  try {
    const values = (await runtime.device.read(tensors)) as Float32Array[];
    return raw.map(({ deltas }, i) => {
      const ofPass = values.slice(4 * i, 4 * i + 4);
      return Array.from({ length: deltas.dim(0) }, (_, b): ChunkOutput => {
        const [phraseScores, tokenScores, ofBoxes, centerness] = ofPass.map((all) => {
          const length = all.length / deltas.dim(0);
          return all.subarray(b * length, (b + 1) * length);
        });
        return { phraseScores, tokenScores, deltas: ofBoxes, centerness };
      });
    });
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

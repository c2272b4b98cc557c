import { ConfigError } from '../errors.ts';
import { checkConfig, MAX_LAYERS, MAX_SIDE, MAX_WIDTH, SCORE_AGGREGATIONS, triple } from './check.ts';
import type { GlipConfig } from './config.ts';
import { configFromOriginal } from './original.ts';
import { type ConfigReader, configReader } from './reader.ts';

/**
 * Reads the `config.json` beside a checkpoint: a GlipConfig as JSON, or the original's configuration with its keys
 * (`MODEL.SWINT.EMBED_DIM`, …), alone or under `config` beside `bert_config` and `fusion_overrides`.
 *
 * @throws ConfigError naming the key, its value and what is expected
 */
export function parseConfig(text: string): GlipConfig {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError('the file', text, `JSON (${String(cause)})`);
  }
  const read = configReader(root);
  if (read.has('MODEL') || read.has('config')) return configFromOriginal(root);
  const config = readConfig(read);
  refuseExtraKeys(root, config, '');
  return config;
}

function readConfig(read: ConfigReader): GlipConfig {
  return checkConfig({
    image: {
      mean: triple(read.numbers('image.mean', 0, 255, 3)),
      std: triple(read.numbers('image.std', 1e-3, 255, 3)),
      minSize: read.integer('image.minSize', 1, MAX_SIDE),
      maxSize: read.integer('image.maxSize', 1, MAX_SIDE),
      sizeDivisibility: read.integer('image.sizeDivisibility', 0, 1024),
    },
    text: {
      maxTokens: read.integer('text.maxTokens', 3, MAX_WIDTH),
      padToMax: read.boolean('text.padToMax'),
      ...(read.has('text.promptRows') && { promptRows: read.integer('text.promptRows', 1, MAX_WIDTH) }),
    },
    swin: {
      embedDim: read.integer('swin.embedDim', 1, MAX_WIDTH),
      depths: read.integers('swin.depths', 1, MAX_LAYERS, 4),
      heads: read.integers('swin.heads', 1, MAX_WIDTH, 4),
      window: read.integer('swin.window', 1, 64),
      mlpRatio: read.number('swin.mlpRatio', 1 / 64, 64),
    },
    bert: {
      vocabSize: read.integer('bert.vocabSize', 4, 10_000_000),
      dim: read.integer('bert.dim', 1, MAX_WIDTH),
      layers: read.integer('bert.layers', 1, MAX_LAYERS),
      heads: read.integer('bert.heads', 1, MAX_WIDTH),
      hiddenDim: read.integer('bert.hiddenDim', 1, MAX_WIDTH),
      maxPositions: read.integer('bert.maxPositions', 3, MAX_WIDTH),
      eps: read.number('bert.eps', 0, 1),
    },
    channels: read.integer('channels', 1, MAX_WIDTH),
    head: {
      stages: read.integer('head.stages', 1, MAX_LAYERS),
      normGroups: read.integer('head.normGroups', 1, MAX_WIDTH),
      normEps: read.number('head.normEps', 0, 1),
      classes: read.integer('head.classes', 1, 10_000_000),
    },
    fusion:
      read.value('fusion') === null
        ? null
        : {
            heads: read.integer('fusion.heads', 1, MAX_WIDTH),
            dim: read.integer('fusion.dim', 1, MAX_WIDTH),
          },
    anchors: {
      sizes: read.numbers('anchors.sizes', 1, MAX_WIDTH, 5),
      strides: read.integers('anchors.strides', 1, MAX_WIDTH, 5),
      ratios: read.numbers('anchors.ratios', 1 / 64, 64),
      scalesPerOctave: read.integer('anchors.scalesPerOctave', 1, 64),
      octave: read.number('anchors.octave', 1, 64),
    },
    detection: {
      inferenceThreshold: read.number('detection.inferenceThreshold', 0, 1),
      preNmsTopN: read.integer('detection.preNmsTopN', 1, 10_000_000),
      nmsThreshold: read.number('detection.nmsThreshold', 0, 1),
      detectionsPerImage: read.integer('detection.detectionsPerImage', 0, 10_000_000),
      scoreAggregation: read.oneOf('detection.scoreAggregation', SCORE_AGGREGATIONS),
    },
    evaluation: { categoriesPerPrompt: read.integer('evaluation.categoriesPerPrompt', 0, MAX_WIDTH) },
  });
}

/** Keys that were not read are most likely misspelled. */
function refuseExtraKeys(given: unknown, known: unknown, path: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return;
  for (const [key, value] of Object.entries(given)) {
    const here = `${path}${key}`;
    if (!Object.hasOwn(known as object, key)) throw new ConfigError(here, value, 'no such key');
    refuseExtraKeys(value, (known as Record<string, unknown>)[key], `${here}.`);
  }
}

import { type BertConfig, bertBase } from '@glip-wgpu/bert';
import { ConfigError } from '../errors.ts';
import { checkConfig, MAX_LAYERS, MAX_SIDE, MAX_WIDTH, SCORE_AGGREGATIONS, triple } from './check.ts';
import type { GlipConfig } from './config.ts';
import { type ConfigReader, configReader } from './reader.ts';
import { SUPPORTED_SETTINGS } from './supported.ts';

/**
 * A configuration from the resolved configuration of microsoft/GLIP (all defaults filled in, as its `cfg` prints).
 *
 * @param resolved  `{ MODEL, INPUT, … }`, or `{ config: { MODEL, … }, bert_config?, fusion_overrides? }`: where these
 *   are absent, BERT base and the original's fixed 8 heads of 256
 * @throws ConfigError naming the key: missing, out of range, or a setting that is not implemented
 */
export function configFromOriginal(resolved: unknown): GlipConfig {
  const outer = configReader(resolved);
  const read = outer.has('config') ? configReader(outer.value('config')) : outer;
  for (const [because, settings] of SUPPORTED_SETTINGS) {
    for (const [key, value] of Object.entries(settings)) read.only(key, value, because);
  }
  const fused = read.boolean('MODEL.DYHEAD.FUSE_CONFIG.EARLY_FUSE_ON');
  const channels = read.integer('MODEL.DYHEAD.CHANNELS', 1, MAX_WIDTH);
  const bert = readBert(outer);
  const embedDim = read.integer('MODEL.SWINT.EMBED_DIM', 1, MAX_WIDTH);
  const maxTokens = read.integer('MODEL.LANGUAGE_BACKBONE.MAX_QUERY_LEN', 3, MAX_WIDTH);

  read.only('MODEL.BACKBONE.OUT_CHANNELS', channels, 'the pyramid is as wide as the head');
  read.only(
    'MODEL.SWINT.OUT_CHANNELS',
    [1, 2, 4, 8].map((n) => n * embedDim),
    'each stage is twice as wide as the one before',
  );
  read.only('MODEL.LANGUAGE_BACKBONE.LANG_DIM', bert.dim, 'the width of the text encoder');
  read.only(
    'MODEL.DYHEAD.FUSE_CONFIG.USE_FUSED_FEATURES_DOT_PRODUCT',
    fused,
    'fused text is used where there is fusion',
  );
  if (fused) read.only('MODEL.DYHEAD.FUSE_CONFIG.JOINT_EMB_SIZE', channels, 'fusion is as wide as the head');
  outer.only('tokenizer.do_lower_case', true, 'only the uncased tokenizer is implemented');
  outer.only('tokenizer.max_tokens', maxTokens, 'MODEL.LANGUAGE_BACKBONE.MAX_QUERY_LEN');

  return checkConfig({
    image: {
      mean: triple(read.numbers('INPUT.PIXEL_MEAN', 0, 255, 3)),
      std: triple(read.numbers('INPUT.PIXEL_STD', 1e-3, 255, 3)),
      minSize: read.integer('INPUT.MIN_SIZE_TEST', 1, MAX_SIDE),
      maxSize: read.integer('INPUT.MAX_SIZE_TEST', 1, MAX_SIDE),
      sizeDivisibility: read.integer('DATALOADER.SIZE_DIVISIBILITY', 0, 1024),
    },
    text: {
      maxTokens,
      padToMax: read.boolean('MODEL.LANGUAGE_BACKBONE.PAD_MAX'),
    },
    swin: {
      embedDim,
      depths: read.integers('MODEL.SWINT.DEPTHS', 1, MAX_LAYERS, 4),
      heads: read.integers('MODEL.SWINT.NUM_HEADS', 1, MAX_WIDTH, 4),
      window: read.integer('MODEL.SWINT.WINDOW_SIZE', 1, 64),
      mlpRatio: read.number('MODEL.SWINT.MLP_RATIO', 1 / 64, 64),
    },
    bert,
    channels,
    head: {
      stages: read.integer('MODEL.DYHEAD.NUM_CONVS', 1, MAX_LAYERS),
      normGroups: read.integer('MODEL.GROUP_NORM.NUM_GROUPS', 1, MAX_WIDTH),
      normEps: read.number('MODEL.GROUP_NORM.EPSILON', 0, 1),
      classes: read.integer('MODEL.DYHEAD.NUM_CLASSES', 2, 10_000_000) - 1, // one is the background
    },
    fusion: fused ? readFusion(outer) : null,
    anchors: {
      sizes: read.numbers('MODEL.RPN.ANCHOR_SIZES', 1, MAX_WIDTH, 5),
      strides: read.integers('MODEL.RPN.ANCHOR_STRIDE', 1, MAX_WIDTH, 5),
      ratios: read.numbers('MODEL.RPN.ASPECT_RATIOS', 1 / 64, 64, 1),
      scalesPerOctave: read.integer('MODEL.RPN.SCALES_PER_OCTAVE', 1, 64),
      octave: read.number('MODEL.RPN.OCTAVE', 1, 64),
    },
    detection: {
      inferenceThreshold: read.number('MODEL.ATSS.INFERENCE_TH', 0, 1),
      preNmsTopN: read.integer('MODEL.ATSS.PRE_NMS_TOP_N', 1, 10_000_000),
      nmsThreshold: read.number('MODEL.ATSS.NMS_TH', 0, 1),
      detectionsPerImage: Math.max(read.integer('MODEL.ATSS.DETECTIONS_PER_IMG', -1, 10_000_000), 0),
      scoreAggregation: read.oneOf('MODEL.DYHEAD.SCORE_AGG', SCORE_AGGREGATIONS),
    },
    evaluation: { categoriesPerPrompt: Math.max(read.integer('TEST.CHUNKED_EVALUATION', -1, MAX_WIDTH), 0) },
  });
}

function readBert(outer: ConfigReader): BertConfig {
  if (!outer.has('bert_config')) return bertBase;
  outer.only('bert_config.hidden_act', 'gelu', 'only the exact GELU is implemented');
  outer.only('bert_config.position_embedding_type', 'absolute', 'only absolute positions are implemented');
  return {
    vocabSize: outer.integer('bert_config.vocab_size', 4, 10_000_000),
    dim: outer.integer('bert_config.hidden_size', 1, MAX_WIDTH),
    layers: outer.integer('bert_config.num_hidden_layers', 1, MAX_LAYERS),
    heads: outer.integer('bert_config.num_attention_heads', 1, MAX_WIDTH),
    hiddenDim: outer.integer('bert_config.intermediate_size', 1, MAX_WIDTH),
    maxPositions: outer.integer('bert_config.max_position_embeddings', 3, MAX_WIDTH),
    eps: outer.has('bert_config.layer_norm_eps')
      ? outer.number('bert_config.layer_norm_eps', 0, 1)
      : bertBase.eps,
  };
}

const FUSION_OVERRIDES = ['n_head', 'embed_dim', 'dropout']; // the last of them for training

function readFusion(outer: ConfigReader): { heads: number; dim: number } {
  const overrides = outer.value('fusion_overrides') ?? {};
  for (const [key, value] of Object.entries(overrides)) {
    if (!FUSION_OVERRIDES.includes(key)) {
      throw new ConfigError(`fusion_overrides.${key}`, value, `only ${FUSION_OVERRIDES.join(', ')}`);
    }
  }
  const heads = outer.has('fusion_overrides.n_head');
  const dim = outer.has('fusion_overrides.embed_dim');
  return {
    heads: heads ? outer.integer('fusion_overrides.n_head', 1, MAX_WIDTH) : 8,
    dim: dim ? outer.integer('fusion_overrides.embed_dim', 1, MAX_WIDTH) : 2048,
  };
}

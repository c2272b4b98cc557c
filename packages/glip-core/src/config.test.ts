import { describe, expect, it } from 'vitest';
import { bertBase, type GlipConfig, glipL, glipT, glipTA, glipTB, glipTC } from './config.ts';
import { checkConfig } from './config-check.ts';
import { configFromOriginal } from './config-original.ts';
import { parseConfig } from './config-parse.ts';
import { ConfigError } from './errors.ts';
import { fixtureJson } from './testing/fixtures.ts';

type Json = { [key: string]: Json | unknown };

/** A copy of an object tree with one dotted key set, or removed where the value is undefined. */
function withKey(root: unknown, key: string, value: unknown): Json {
  const copy = JSON.parse(JSON.stringify(root)) as Json;
  const path = key.split('.');
  const last = path.pop() as string;
  let at = copy;
  for (const part of path) {
    at[part] ??= {};
    at = at[part] as Json;
  }
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

/** The keys of the original that decide something, with the values of GLIP-T. */
const originalGlipT = {
  MODEL: {
    META_ARCHITECTURE: 'GeneralizedVLRCNN',
    RPN_ARCHITECTURE: 'VLDYHEAD',
    BACKBONE: { CONV_BODY: 'SWINT-FPN-RETINANET', OUT_CHANNELS: 256 },
    LANGUAGE_BACKBONE: {
      MODEL_TYPE: 'bert-base-uncased',
      LANG_DIM: 768,
      MAX_QUERY_LEN: 256,
      PAD_MAX: true,
    },
    GROUP_NORM: { NUM_GROUPS: 16, EPSILON: 1e-5 },
    ATSS: { INFERENCE_TH: 0.05, NMS_TH: 0.6, PRE_NMS_TOP_N: 1000, DETECTIONS_PER_IMG: 100 },
    DYHEAD: {
      NUM_CLASSES: 81,
      NUM_CONVS: 6,
      CHANNELS: 256,
      SCORE_AGG: 'MEAN',
      FUSE_CONFIG: {
        EARLY_FUSE_ON: true,
        TYPE: 'MHA-B',
        JOINT_EMB_SIZE: 256,
        USE_FUSED_FEATURES_DOT_PRODUCT: true,
      },
    },
    RPN: {
      ANCHOR_SIZES: [64, 128, 256, 512, 1024],
      ANCHOR_STRIDE: [8, 16, 32, 64, 128],
      ASPECT_RATIOS: [1.0],
      OCTAVE: 2.0,
      SCALES_PER_OCTAVE: 1,
    },
    SWINT: {
      EMBED_DIM: 96,
      DEPTHS: [2, 2, 6, 2],
      NUM_HEADS: [3, 6, 12, 24],
      WINDOW_SIZE: 7,
      MLP_RATIO: 4,
    },
  },
  INPUT: {
    MIN_SIZE_TEST: 800,
    MAX_SIZE_TEST: 1333,
    PIXEL_MEAN: [103.53, 116.28, 123.675],
    PIXEL_STD: [57.375, 57.12, 58.395],
    TO_BGR255: true,
  },
  TEST: { CHUNKED_EVALUATION: -1 },
  DATALOADER: { SIZE_DIVISIBILITY: 32 },
};

/** What differs from GLIP-T in the small model e2e_a: no fusion. */
const smallA = Object.entries({
  'MODEL.DYHEAD.FUSE_CONFIG.EARLY_FUSE_ON': false,
  'MODEL.DYHEAD.FUSE_CONFIG.USE_FUSED_FEATURES_DOT_PRODUCT': false,
  'MODEL.DYHEAD.FUSE_CONFIG.JOINT_EMB_SIZE': 32,
  'MODEL.DYHEAD.CHANNELS': 32,
  'MODEL.DYHEAD.NUM_CONVS': 2,
  'MODEL.DYHEAD.NUM_CLASSES': 7,
  'MODEL.BACKBONE.OUT_CHANNELS': 32,
  'MODEL.LANGUAGE_BACKBONE.LANG_DIM': 64,
  'MODEL.LANGUAGE_BACKBONE.MAX_QUERY_LEN': 32,
  'MODEL.SWINT': {
    EMBED_DIM: 12,
    OUT_CHANNELS: [12, 24, 48, 96],
    DEPTHS: [2, 2, 2, 2],
    NUM_HEADS: [1, 2, 4, 8],
    WINDOW_SIZE: 7,
    MLP_RATIO: 4,
  },
}).reduce<Json>((config, [key, value]) => withKey(config, key, value), originalGlipT);
const smallBert = {
  vocab_size: 200,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 128,
  max_position_embeddings: 64,
};
const e2eA = { bert_config: smallBert, fusion_overrides: {}, config: smallA };

/** What differs in Emoji-Tiny. */
const emojiTiny = {
  bert_config: { ...smallBert, vocab_size: 720, hidden_dropout_prob: 0 },
  fusion_overrides: { n_head: 4, embed_dim: 96, dropout: 0 },
  tokenizer: { type: 'BertTokenizer', do_lower_case: true, max_tokens: 64 },
  config: Object.entries({
    'MODEL.DYHEAD.CHANNELS': 48,
    'MODEL.DYHEAD.NUM_CONVS': 2,
    'MODEL.DYHEAD.NUM_CLASSES': 97,
    'MODEL.DYHEAD.FUSE_CONFIG.JOINT_EMB_SIZE': 48,
    'MODEL.BACKBONE.OUT_CHANNELS': 48,
    'MODEL.LANGUAGE_BACKBONE.LANG_DIM': 64,
    'MODEL.LANGUAGE_BACKBONE.MAX_QUERY_LEN': 64,
    'MODEL.SWINT': {
      EMBED_DIM: 24,
      OUT_CHANNELS: [24, 48, 96, 192],
      DEPTHS: [1, 1, 2, 1],
      NUM_HEADS: [1, 2, 4, 8],
      WINDOW_SIZE: 7,
      MLP_RATIO: 4,
    },
    'MODEL.RPN.ANCHOR_SIZES': [32, 64, 128, 256, 512],
    'INPUT.MIN_SIZE_TEST': 160,
    'INPUT.MAX_SIZE_TEST': 266,
    'TEST.CHUNKED_EVALUATION': 24,
  }).reduce<Json>((config, [key, value]) => withKey(config, key, value), originalGlipT),
};

describe('the published configurations', () => {
  it('are those of the original', () => {
    expect(configFromOriginal(originalGlipT)).toEqual(glipT);
    expect(glipT.bert).toEqual(bertBase);
  });

  it('differ in fusion, backbone and stages only', () => {
    expect(glipTA).toEqual({ ...glipT, fusion: null });
    expect([glipTB, glipTC]).toEqual([glipT, glipT]);
    const swin = {
      embedDim: 192,
      depths: [2, 2, 18, 2],
      heads: [6, 12, 24, 48],
      window: 12,
      mlpRatio: 4,
    };
    expect(glipL).toEqual({ ...glipT, swin, head: { ...glipT.head, stages: 8 } });
  });

  it.each([glipT, glipTA, glipL])('fit together and survive JSON', (config) => {
    expect(checkConfig(config)).toBe(config);
    expect(parseConfig(JSON.stringify(config))).toEqual(config);
  });
});

describe('a configuration of the original', () => {
  it.each([
    ['e2e_t', fixtureJson('e2e_t/info')],
    ['e2e_a', e2eA],
    ['Emoji-Tiny', emojiTiny],
  ])('(%s) means the same after a round trip', (_, resolved) => {
    const config = configFromOriginal(resolved);
    expect(parseConfig(JSON.stringify(resolved))).toEqual(config);
    expect(parseConfig(JSON.stringify(config))).toEqual(config);
  });

  it('gives the sizes of a small model with fusion', () => {
    const config = configFromOriginal(fixtureJson('e2e_t/info'));
    expect(config).toEqual({
      ...glipT,
      text: { maxTokens: 32, padToMax: true },
      swin: { embedDim: 12, depths: [2, 2, 2, 2], heads: [1, 2, 4, 8], window: 7, mlpRatio: 4 },
      bert: {
        vocabSize: 200,
        dim: 64,
        layers: 2,
        heads: 4,
        hiddenDim: 128,
        maxPositions: 64,
        eps: 1e-12,
      },
      channels: 32,
      head: { stages: 3, normGroups: 16, normEps: 1e-5, classes: 6 },
      fusion: { heads: 8, dim: 64 },
      anchors: { ...glipT.anchors, sizes: [24, 40, 64, 96, 140] },
    } satisfies GlipConfig);
  });

  it('gives those of a model without fusion, and of Emoji-Tiny', () => {
    expect(configFromOriginal(e2eA)).toMatchObject({
      fusion: null,
      channels: 32,
      head: { stages: 2 },
    });
    expect(configFromOriginal(emojiTiny)).toMatchObject({
      fusion: { heads: 4, dim: 96 },
      text: { maxTokens: 64 },
      evaluation: { categoriesPerPrompt: 24 },
      image: { minSize: 160, maxSize: 266 },
      head: { classes: 96 },
    });
  });

  it.each([
    ['MODEL.DYHEAD.FUSE_CONFIG.TYPE', 'FILM', '"MHA-B"'],
    ['MODEL.BACKBONE.CONV_BODY', 'SWINT-FPN-DCN-RETINANET', 'only Swin v1'],
    ['MODEL.SWINT.VERSION', 'v2', 'only Swin v1'],
    ['MODEL.LANGUAGE_BACKBONE.MODEL_TYPE', 'roberta-base', 'only BERT'],
    ['MODEL.META_ARCHITECTURE', 'GeneralizedRCNN', 'other model families'],
    ['MODEL.DYHEAD.USE_DFCONV', false, 'only the dynamic head'],
    ['MODEL.DYHEAD.FUSE_CONFIG.ADD_LINEAR_LAYER', true, 'only MHA-B'],
    ['MODEL.DYHEAD.FUSE_CONFIG.USE_FUSED_FEATURES_DOT_PRODUCT', false, 'fused text is used'],
    ['MODEL.BACKBONE.OUT_CHANNELS', 128, 'as wide as the head'],
    ['MODEL.LANGUAGE_BACKBONE.LANG_DIM', 512, 'width of the text encoder'],
    ['INPUT.TO_BGR255', false, 'blue, green, red'],
    ['MODEL.SWINT.WINDOW_SIZE', undefined, 'is missing, expected an integer'],
    ['MODEL.SWINT.DEPTHS', [2, 2, 6], 'a list of 4 numbers'],
    ['MODEL.DYHEAD.NUM_CONVS', 1e9, 'an integer from 1 to 1000'],
    ['MODEL.DYHEAD.SCORE_AGG', 'MEDIAN', 'one of MEAN, MAX, POWER, ONEHOT'],
    ['MODEL.DYHEAD.FUSE_CONFIG.EARLY_FUSE_ON', 'yes', 'true or false'],
  ])('with %s = %j is refused by name', (key, value, message) => {
    const read = () => configFromOriginal(withKey(originalGlipT, key, value));
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
    expect(read).toThrow(key);
  });

  it('with another tokenizer is refused', () => {
    const cased = withKey(emojiTiny, 'tokenizer.do_lower_case', false);
    expect(() => configFromOriginal(cased)).toThrow('only the uncased tokenizer');
  });
});

describe('a configuration file', () => {
  it.each([
    ['swin.heads', [3, 6, -12, 24], 'swin.heads[2] is -12'],
    ['swin.heads', [3, 6, 12, 25], 'swin.heads[3] is 25, expected a divisor of 768'],
    ['bert.heads', 7, 'a divisor of 768'],
    ['fusion.dim', 2047, 'fusion.heads is 8, expected a divisor of 2047'],
    ['head.normGroups', 3, 'a divisor of 256'],
    ['head.stages', 1e9, 'head.stages is 1000000000'],
    ['head.stages', 2.5, 'an integer from 1'],
    ['head.stages', '6', 'head.stages is "6"'],
    ['image.std', [0, 1, 1], 'image.std[0] is 0'],
    ['image.maxSize', 700, 'at least image.minSize, 800'],
    ['text.maxTokens', 600, 'at most bert.maxPositions, 512'],
    ['anchors.strides', [4, 8, 16, 32, 64], 'those of the pyramid'],
    ['detection.nmsThreshold', null, 'a number from 0 to 1'],
    ['fusion', undefined, 'fusion.heads is missing'],
    ['swin.windowSize', 7, 'swin.windowSize is 7, expected no such key'],
    ['chanels', 256, 'chanels is 256'],
  ])('with %s = %j is refused', (key, value, message) => {
    const read = () => parseConfig(JSON.stringify(withKey(glipT, key, value)));
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
  });

  it.each(['', '{', 'null', '[]', '7', '"x"', '{}', '{"__proto__":{"channels":256}}'])(
    '%j is refused',
    (text) => {
      expect(() => parseConfig(text)).toThrow(ConfigError);
    },
  );
});

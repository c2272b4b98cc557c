import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.ts';
import { fixtureJson } from '../testing/fixtures.ts';
import { type Json, originalGlipT, withKey } from '../testing/original-config.ts';
import { type GlipConfig, glipT } from './config.ts';
import { configFromOriginal } from './original.ts';
import { parseConfig } from './parse.ts';

/** Differences of the small model e2e_a from GLIP-T: no fusion. */
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

/** Differences of Emoji-Tiny. */
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
    ['MODEL.DYHEAD.FUSE_CONFIG.USE_FUSED_FEATURES_DOT_PRODUCT', false, 'fused text is used'],
    ['MODEL.BACKBONE.OUT_CHANNELS', 128, 'as wide as the head'],
    ['MODEL.LANGUAGE_BACKBONE.LANG_DIM', 512, 'width of the text encoder'],
    ['INPUT.TO_BGR255', false, 'blue, green, red'],
    ['MODEL.SWINT.WINDOW_SIZE', undefined, 'is missing, expected an integer'],
    ['MODEL.SWINT.DEPTHS', [2, 2, 6], 'a list of 4 numbers'],
    ['MODEL.DYHEAD.NUM_CONVS', 1e9, 'an integer from 1 to 1000'],
    ['MODEL.RPN.ASPECT_RATIOS', [0.5, 1, 2], 'a list of 1 numbers'],
    ['MODEL.RPN.SCALES_PER_OCTAVE', 3, 'one per location'],
    ['MODEL.BACKBONE.OUT_FEATURES', ['stage3', 'stage4', 'stage5'], 'only Swin v1'],
    ['TEST.USE_MULTISCALE', true, 'at one size'],
    ['MODEL.DYHEAD.SCORE_AGG', 'MEDIAN', 'one of MEAN, MAX, POWER, ONEHOT'],
    ['MODEL.DYHEAD.FUSE_CONFIG.EARLY_FUSE_ON', 'yes', 'true or false'],
  ])('with %s = %j is refused by name', (key, value, message) => {
    const read = () => configFromOriginal(withKey(originalGlipT, key, value));
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(message);
    expect(read).toThrow(key);
  });

  it('with an unknown size of fusion is refused', () => {
    const misspelled = withKey(emojiTiny, 'fusion_overrides.n_heads', 8);
    expect(() => configFromOriginal(misspelled)).toThrow(
      'fusion_overrides.n_heads is 8, expected only n_head, embed_dim, dropout',
    );
  });

  it('with another tokenizer is refused', () => {
    const cased = withKey(emojiTiny, 'tokenizer.do_lower_case', false);
    expect(() => configFromOriginal(cased)).toThrow('only the uncased tokenizer');
  });
});

export type Json = { [key: string]: Json | unknown };

/** A copy of an object tree with one dotted key set, or removed if the value is undefined. */
export function withKey(root: unknown, key: string, value: unknown): Json {
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

/** The original's relevant keys, with the values of GLIP-T. */
export const originalGlipT = {
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

/** Sizes of a BERT layer. */
export interface EncoderLayerConfig {
  readonly dim: number;
  readonly heads: number;
  /** Width of the MLP. */
  readonly hiddenDim: number;
  /** Epsilon of every LayerNorm. */
  readonly eps: number;
  /**
   * Scores, MLP and output are clamped to plus and minus this, as in the head of GLIP. None in the text encoder.
   */
  readonly bound?: number;
}

/** Sizes of a BERT encoder. */
export interface BertConfig extends Omit<EncoderLayerConfig, 'bound'> {
  readonly vocabSize: number;
  readonly layers: number;
  /** Maximum text length, in tokens, by the position embeddings. */
  readonly maxPositions: number;
}

/** Added to the scores of padding tokens. */
export const MASKED = -10000;

/** BERT base, uncased: 12 layers of 768; the text encoder of all published GLIP models. */
export const bertBase: BertConfig = {
  vocabSize: 30522,
  dim: 768,
  layers: 12,
  heads: 12,
  hiddenDim: 3072,
  maxPositions: 512,
  eps: 1e-12,
};

export { type BertOptions, bert } from './bert.ts';
export { type BertConfig, bertBase, type EncoderLayerConfig, MASKED } from './config.ts';
export { type EncoderLayerOptions, encoderLayer } from './encoder-layer.ts';
export { charToToken, tokensOfSpan } from './span-tokens.ts';
export type { EncodeOptions, Encoding, Span, Tokenizer, UnknownWord } from './tokenizer.ts';
export { TokenizerError, type TokenizerErrorKind } from './tokenizer-error.ts';
export { WordPiece } from './wordpiece.ts';

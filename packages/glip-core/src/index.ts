export { type BertConfig, bertBase, TokenizerError } from '@glip-wgpu/bert';
export type { SwinConfig } from '@glip-wgpu/dyhead';
export type { Adapter, AdapterParameter } from './adapter/adapter.ts';
export { readAdapter, writeAdapter } from './adapter/adapter-file.ts';
export { fingerprintOf } from './adapter/fingerprint.ts';
export { checkConfig } from './config/check.ts';
export {
  type GlipConfig,
  glipL,
  glipT,
  glipTA,
  glipTB,
  glipTC,
} from './config/config.ts';
export { configFromOriginal } from './config/original.ts';
export { parseConfig } from './config/parse.ts';
export type {
  BatchOptions,
  DetectOptions,
  ExplainOptions,
  FrameDetections,
  GroundOptions,
  VideoOptions,
} from './detect/detect-options.ts';
export { type DetectionSize, estimateGlip, type GlipEstimate } from './detect/estimate-glip.ts';
export {
  type Detection,
  type DetectionOptions,
  type Detections,
  Grounding,
  type GroundingData,
} from './detect/grounding.ts';
export type { LabelReport } from './detect/label-report.ts';
export {
  type HeatMap,
  heatMap,
  type LevelScores,
  phraseMap,
  type ScoreMaps,
  type ScorePlace,
  scoreMapsOf,
} from './detect/score-maps.ts';
export type { Thresholds } from './detect/thresholds.ts';
export type { CachedFile } from './download/download.ts';
export { DownloadError, type DownloadErrorCode } from './download/download-error.ts';
export type { DownloadOptions, DownloadProgress, RemoteFile } from './download/remote-file.ts';
export { expectedDigits } from './download/stated-digits.ts';
export {
  AdapterError,
  type AdapterErrorCode,
  ConfigError,
  DetectionError,
  ImageError,
  ModelError,
  PromptError,
} from './errors.ts';
export type {
  Attention,
  Explanation,
  PassExplanation,
  StageExplanation,
  StageTimes,
} from './explain/explanation.ts';
export {
  type PyramidCell,
  type Sampling,
  type SamplingLevel,
  type SamplingPoint,
  samplingPoints,
} from './explain/sampling-points.ts';
export { Glip } from './glip.ts';
export { readImageBlob } from './image/image-blob.ts';
export type { ImageFile, ImageFileOptions } from './image/image-file.ts';
export { type ImageHeader, readImageHeader } from './image/image-header.ts';
export {
  type DrawnImage,
  type ImageInput,
  MAX_IMAGE_PIXELS,
  type RawImage,
  type RgbImage,
  readImage,
} from './image/image-input.ts';
export {
  type ImageConfig,
  type ImageSize,
  type PreparedImages,
  preprocess,
} from './image/preprocess.ts';
export { readImageFile } from './image/read-image-file.ts';
export { resizeBilinear, targetSize } from './image/resize.ts';
export { type Frame, type FrameOptions, framesOf, type VideoInput } from './image/video.ts';
export type { LoadOptions } from './load/load-model.ts';
export { type ModelOptions, type OpenedModel, openModel } from './load/model-files.ts';
export type { FileContent, ModelFiles, ModelSource } from './load/model-source.ts';
export {
  type CacheOptions,
  cachedPublished,
  downloadPublished,
  importPublished,
} from './load/published-files.ts';
export {
  bertVocabulary,
  type PublishedModel,
  publishedModel,
  publishedModels,
} from './load/published-models.ts';
export {
  type CachedWeights,
  cachedWeights,
  type DownloadPlan,
  downloadPublishedWeights,
  planDownload,
  removePublishedWeights,
  type WeightOptions,
} from './load/published-weights.ts';
export { weightBytes } from './load/weight-bytes.ts';
export { WEIGHT_FORMS, type WeightForm, weightFile } from './load/weight-forms.ts';
export { aggregateScores, type ScoreAggregation, sigmoid } from './postprocess/aggregate.ts';
export {
  type AnchorConfig,
  anchorsInside,
  anchorsPerLocation,
  cellAnchors,
  levelAnchors,
  levelSizes,
} from './postprocess/anchors.ts';
export { decodeBoxes, encodeBoxes } from './postprocess/box-coder.ts';
export { nonMaximumSuppression } from './postprocess/nms.ts';
export {
  limitDetections,
  type PostprocessOptions,
  postprocess,
  rescaleBoxes,
} from './postprocess/postprocess.ts';
export {
  type Candidates,
  type LevelOutput,
  type SelectOptions,
  selectCandidates,
} from './postprocess/select.ts';
export {
  cleanCategory,
  type JoinedText,
  joinNames,
  parseCategories,
  SEPARATOR,
} from './prompt/categories.ts';
export {
  type CaptionPrompt,
  type CategoryPrompt,
  type CategoryPromptOptions,
  categoryPrompts,
  type DatasetCategory,
  type EvaluatedCategory,
  evaluatedCategories,
} from './prompt/category-prompts.ts';
export { findNounPhrases } from './prompt/noun-phrases.ts';
export {
  type Phrase,
  type PromptChunk,
  type PromptLimits,
  type PromptPlan,
  planPrompt,
  tokensOfSpans,
} from './prompt/plan-prompt.ts';
export type {
  CaptionWithSpans,
  Category,
  NounPhraseFinder,
  PromptInput,
  PromptWarning,
  Target,
} from './prompt/prompt-input.ts';

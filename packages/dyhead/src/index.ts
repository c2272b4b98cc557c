export { type DyConvConfig, type DyConvOptions, dyConv } from './dy-conv.ts';
export { dyRelu } from './dy-relu.ts';
export { type DyHeadConfig, dyHead } from './dyhead.ts';
export { type FeaturePyramidOptions, featurePyramid } from './feature-pyramid.ts';
export type { SwinConfig } from './swin/config.ts';
export { dropPathRates, patchEmbed, type SwinOptions, type SwinOutputs, swin } from './swin/swin.ts';
export { type SwinBlockConfig, type SwinBlockOptions, shiftRegions, swinBlock } from './swin/swin-block.ts';
export { patchMerging, type SwinStageConfig, type SwinStageOptions, swinStage } from './swin/swin-stage.ts';
export {
  relativePositionIndex,
  type WindowAttentionConfig,
  windowAttention,
} from './swin/window-attention.ts';

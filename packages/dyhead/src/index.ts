export { type DyConvConfig, dyConv } from './dy-conv.ts';
export { dyRelu } from './dy-relu.ts';
export { type DyHeadConfig, dyHead } from './dyhead.ts';
export { featurePyramid } from './feature-pyramid.ts';
export type { SwinConfig } from './swin/config.ts';
export { patchEmbed, type SwinOutputs, swin } from './swin/swin.ts';
export { type SwinBlockConfig, shiftRegions, swinBlock } from './swin/swin-block.ts';
export { patchMerging, type SwinStageConfig, swinStage } from './swin/swin-stage.ts';
export {
  relativePositionIndex,
  type WindowAttentionConfig,
  windowAttention,
} from './swin/window-attention.ts';

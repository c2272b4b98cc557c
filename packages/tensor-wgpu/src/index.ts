export { type Captured, capture } from './capture.ts';
export type { Capabilities, DeviceLimits, RowSchedule } from './device/capabilities.ts';
export type { DispatchCost } from './device/command-stream.ts';
export type { Device } from './device/device.ts';
export type { MemoryStatistics } from './device/memory.ts';
export { type DeviceOptions, openDevice } from './device/open-device.ts';
export type { CompileProgress } from './device/pipelines.ts';
export { CheckpointError, type CheckpointProblems, DeviceError, KernelError, ShapeError } from './errors.ts';
export { dryDevice, type Estimate, estimate } from './estimate.ts';
export { f16ToF32, f32ToF16 } from './f16.ts';
export type { Activation } from './gemm/epilogue.ts';
export type { GemmSchedule } from './gemm/gemm-limits.ts';
export type { MatrixUnit } from './gemm/matrix-unit.ts';
export type { GemmPlan, GemmShape } from './gemm/plan.ts';
export type { Product } from './gemm/product.ts';
export { type Tuned, type TuneOptions, tune } from './gemm/tune.ts';
export { type ValueAndGrad, valueAndGrad } from './gradient.ts';
export { halfActivations } from './half-activations.ts';
export {
  type DispatchOptions,
  defineKernel,
  type Kernel,
  type KernelDefinition,
  type ParamType,
} from './kernel.ts';
export { addAssign, assign } from './kernels/assign/assign.ts';
export { attention, selfAttention } from './kernels/attention/attention.ts';
export type { AttentionOptions } from './kernels/attention/attention-options.ts';
export { cast } from './kernels/cast/cast.ts';
export { channelMoments } from './kernels/channel-moments/channel-moments.ts';
export { type Conv2dOptions, conv2d } from './kernels/conv2d/conv2d.ts';
export { concat, pad, slice, split } from './kernels/copy-axis/copy-axis.ts';
export { crossEntropy } from './kernels/cross-entropy/cross-entropy.ts';
export { type DeformConv2dOptions, deformConv2d } from './kernels/deform-conv2d/deform-conv2d.ts';
export type { AffineMap, FusionAttention } from './kernels/dynamic-fusion/affine-map.ts';
export { dynamicFusion } from './kernels/dynamic-fusion/dynamic-fusion.ts';
export { dynamicRelu } from './kernels/dynamic-relu/dynamic-relu.ts';
export { full } from './kernels/elementwise/apply.ts';
export {
  abs,
  add,
  affine,
  clamp,
  div,
  equal,
  exp,
  gelu,
  greater,
  hardSigmoid,
  less,
  log,
  maximum,
  minimum,
  mul,
  neg,
  type Operand,
  relu,
  sigmoid,
  sqrt,
  square,
  sub,
  tanh,
} from './kernels/elementwise/elementwise.ts';
export { embedding } from './kernels/embedding/embedding.ts';
export { type FocalLossOptions, focalLoss } from './kernels/focal-loss/focal-loss.ts';
export { groupNorm } from './kernels/group-norm/group-norm.ts';
export {
  type GroupNormAffineOptions,
  groupNormAffine,
} from './kernels/group-norm-affine/group-norm-affine.ts';
export { layerNorm } from './kernels/layer-norm/layer-norm.ts';
export { logSoftmax } from './kernels/log-softmax/log-softmax.ts';
export { type MatmulOptions, matmul } from './kernels/matmul/matmul.ts';
export { argmax, max } from './kernels/max/max.ts';
export { patchMerge } from './kernels/patch-merge/patch-merge.ts';
export { type DropBlockOptions, dropBlock } from './kernels/random/drop-block.ts';
export { type Dropout, dropout, dropoutMask, dropPath } from './kernels/random/dropout.ts';
export {
  freezeKey,
  type NormalOptions,
  nextStep,
  type Place,
  randomBits,
  randomKey,
  randomNormal,
  randomUniform,
  type UniformOptions,
} from './kernels/random/random.ts';
export { rearrange } from './kernels/rearrange/rearrange.ts';
export { type Axes, mean, sum } from './kernels/reduce/reduce.ts';
export { keep, reshape } from './kernels/reshape.ts';
export { resizeBilinear } from './kernels/resize-bilinear/resize-bilinear.ts';
export { resizeNearest } from './kernels/resize-nearest/resize-nearest.ts';
export { softmax } from './kernels/softmax/softmax.ts';
export { softmaxColumns } from './kernels/softmax-columns/softmax-columns.ts';
export { mergeSoftmax, type SoftmaxPart } from './kernels/softmax-merge/softmax-merge.ts';
export { where } from './kernels/where/where.ts';
export {
  type WindowMergeOptions,
  type WindowOptions,
  windowMerge,
  windowPartition,
} from './kernels/windows/windows.ts';
export { AdamW, type AdamWOptions } from './optim/adamw/adamw.ts';
export type { OptimizerOptions, ParameterGroup } from './optim/bundle.ts';
export { MovingAverage } from './optim/moving-average/moving-average.ts';
export type { Gradients, Optimizer } from './optim/optimizer.ts';
export type { OptimizerState } from './optim/optimizer-state.ts';
export {
  cosineSchedule,
  type DecayOptions,
  linearSchedule,
  type MultiStepOptions,
  multiStepSchedule,
  type Schedule,
  type WarmupOptions,
  warmupSchedule,
} from './optim/schedule.ts';
export { SGD, type SGDOptions } from './optim/sgd/sgd.ts';
export { type Profile, type ProfiledDispatch, profile } from './profile.ts';
export { dequantize, type QuantizedNumbers, q8Storage, quantize } from './q8.ts';
export { recompute } from './recompute.ts';
export { type ByteSource, byteSource, readAhead } from './safetensors/byte-source.ts';
export {
  layoutSafetensors,
  parseSafetensors,
  type SafetensorsEntry,
  type SafetensorsFile,
  type SafetensorsLayout,
  writeSafetensors,
} from './safetensors/safetensors.ts';
export { safetensorsToF32, safetensorsToNumbers } from './safetensors/safetensors-decode.ts';
export { SafetensorsError, type SafetensorsErrorCode } from './safetensors/safetensors-error.ts';
export {
  parseSafetensorsHeader,
  SAFETENSORS_BYTES,
  type SafetensorsDtype,
  type SafetensorsHeader,
  type SafetensorsInfo,
  safetensorsDataStart,
} from './safetensors/safetensors-header.ts';
export { openSafetensors, type SafetensorsRanges } from './safetensors/safetensors-ranges.ts';
export { type StoredTensor, streamSafetensors } from './safetensors/stream.ts';
export { scope } from './scope.ts';
export { storedTensor } from './stored-tensor.ts';
export { type Backward, record } from './tape.ts';
export { type DType, type NestedNumbers, type Shape, Tensor, type TypedArray } from './tensor.ts';

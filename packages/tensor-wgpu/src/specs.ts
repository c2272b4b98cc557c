import activationInput from './kernels/activation-input/activation-input.spec.ts';
import addAll from './kernels/add-all/add-all.spec.ts';
import assign from './kernels/assign/assign.spec.ts';
import attention from './kernels/attention/attention.spec.ts';
import attentionGradients from './kernels/attention-gradients/attention-gradients.spec.ts';
import broadcast from './kernels/broadcast/broadcast.spec.ts';
import cast from './kernels/cast/cast.spec.ts';
import channelMoments from './kernels/channel-moments/channel-moments.spec.ts';
import channelMomentsInput from './kernels/channel-moments-input/channel-moments-input.spec.ts';
import conv2d from './kernels/conv2d/conv2d.spec.ts';
import conv2dInput from './kernels/conv2d-input/conv2d-input.spec.ts';
import conv2dWeight from './kernels/conv2d-weight/conv2d-weight.spec.ts';
import copyAxis from './kernels/copy-axis/copy-axis.spec.ts';
import crossEntropy from './kernels/cross-entropy/cross-entropy.spec.ts';
import crossEntropyInput from './kernels/cross-entropy-input/cross-entropy-input.spec.ts';
import deformConv2d from './kernels/deform-conv2d/deform-conv2d.spec.ts';
import deformConv2dGradients from './kernels/deform-conv2d/deform-conv2d-gradients.spec.ts';
import deformConv2dColumns from './kernels/deform-conv2d-columns/deform-conv2d-columns.spec.ts';
import deformConv2dInput from './kernels/deform-conv2d-input/deform-conv2d-input.spec.ts';
import deformConv2dSamples from './kernels/deform-conv2d-samples/deform-conv2d-samples.spec.ts';
import dequantize from './kernels/dequantize/dequantize.spec.ts';
import dynamicFusion from './kernels/dynamic-fusion/dynamic-fusion.spec.ts';
import dynamicFusionGradients from './kernels/dynamic-fusion-gradients/dynamic-fusion-gradients.spec.ts';
import dynamicRelu from './kernels/dynamic-relu/dynamic-relu.spec.ts';
import dynamicReluGradients from './kernels/dynamic-relu-gradients/dynamic-relu-gradients.spec.ts';
import binary from './kernels/elementwise/binary.spec.ts';
import scalar from './kernels/elementwise/scalar.spec.ts';
import unary from './kernels/elementwise/unary.spec.ts';
import embedding from './kernels/embedding/embedding.spec.ts';
import embeddingTable from './kernels/embedding-table/embedding-table.spec.ts';
import focalLoss from './kernels/focal-loss/focal-loss.spec.ts';
import groupNorm from './kernels/group-norm/group-norm.spec.ts';
import groupNormAffine from './kernels/group-norm-affine/group-norm-affine.spec.ts';
import groupNormAffineGradients from './kernels/group-norm-affine-gradients/group-norm-affine-gradients.spec.ts';
import groupNormGradients from './kernels/group-norm-gradients/group-norm-gradients.spec.ts';
import layerNorm from './kernels/layer-norm/layer-norm.spec.ts';
import layerNormGradients from './kernels/layer-norm-gradients/layer-norm-gradients.spec.ts';
import logSoftmax from './kernels/log-softmax/log-softmax.spec.ts';
import matmul from './kernels/matmul/matmul.spec.ts';
import max from './kernels/max/max.spec.ts';
import maxInput from './kernels/max-input/max-input.spec.ts';
import patchMerge from './kernels/patch-merge/patch-merge.spec.ts';
import dropBlock from './kernels/random/drop-block.spec.ts';
import random from './kernels/random/random.spec.ts';
import rearrange from './kernels/rearrange/rearrange.spec.ts';
import reduce from './kernels/reduce/reduce.spec.ts';
import resizeBilinear from './kernels/resize-bilinear/resize-bilinear.spec.ts';
import resizeBilinearInput from './kernels/resize-bilinear-input/resize-bilinear-input.spec.ts';
import resizeNearest from './kernels/resize-nearest/resize-nearest.spec.ts';
import resizeNearestInput from './kernels/resize-nearest-input/resize-nearest-input.spec.ts';
import saturateF16 from './kernels/saturate-f16/saturate-f16.spec.ts';
import softmax from './kernels/softmax/softmax.spec.ts';
import softmaxColumns from './kernels/softmax-columns/softmax-columns.spec.ts';
import softmaxColumnsInput from './kernels/softmax-columns-input/softmax-columns-input.spec.ts';
import softmaxInput from './kernels/softmax-input/softmax-input.spec.ts';
import softmaxMerge from './kernels/softmax-merge/softmax-merge.spec.ts';
import softmaxMergeGradients from './kernels/softmax-merge-gradients/softmax-merge-gradients.spec.ts';
import where from './kernels/where/where.spec.ts';
import windows from './kernels/windows/windows.spec.ts';
import type { KernelSpec } from './testing/index.ts';

/** Every kernel's spec, for tests, benchmarks and other runtimes. */
export const specs: readonly KernelSpec[] = [
  attention as unknown as KernelSpec,
  attentionGradients as unknown as KernelSpec,
  conv2d as unknown as KernelSpec,
  conv2dInput as unknown as KernelSpec,
  conv2dWeight as unknown as KernelSpec,
  deformConv2d as unknown as KernelSpec,
  deformConv2dGradients as unknown as KernelSpec,
  deformConv2dColumns as unknown as KernelSpec,
  deformConv2dInput as unknown as KernelSpec,
  deformConv2dSamples as unknown as KernelSpec,
  layerNorm as unknown as KernelSpec,
  layerNormGradients as unknown as KernelSpec,
  matmul as unknown as KernelSpec,
  softmax as unknown as KernelSpec,
  softmaxInput as unknown as KernelSpec,
  softmaxColumns as unknown as KernelSpec,
  softmaxColumnsInput as unknown as KernelSpec,
  softmaxMerge as unknown as KernelSpec,
  softmaxMergeGradients as unknown as KernelSpec,
  copyAxis as unknown as KernelSpec,
  rearrange as unknown as KernelSpec,
  embedding as unknown as KernelSpec,
  embeddingTable as unknown as KernelSpec,
  groupNorm as unknown as KernelSpec,
  groupNormGradients as unknown as KernelSpec,
  resizeNearest as unknown as KernelSpec,
  resizeNearestInput as unknown as KernelSpec,
  resizeBilinear as unknown as KernelSpec,
  resizeBilinearInput as unknown as KernelSpec,
  windows as unknown as KernelSpec,
  patchMerge as unknown as KernelSpec,
  unary as unknown as KernelSpec,
  activationInput as unknown as KernelSpec,
  addAll as unknown as KernelSpec,
  binary as unknown as KernelSpec,
  broadcast as unknown as KernelSpec,
  scalar as unknown as KernelSpec,
  channelMoments as unknown as KernelSpec,
  channelMomentsInput as unknown as KernelSpec,
  groupNormAffine as unknown as KernelSpec,
  groupNormAffineGradients as unknown as KernelSpec,
  dynamicFusion as unknown as KernelSpec,
  dynamicFusionGradients as unknown as KernelSpec,
  dynamicRelu as unknown as KernelSpec,
  dynamicReluGradients as unknown as KernelSpec,
  reduce as unknown as KernelSpec,
  focalLoss as unknown as KernelSpec,
  where as unknown as KernelSpec,
  max as unknown as KernelSpec,
  maxInput as unknown as KernelSpec,
  crossEntropy as unknown as KernelSpec,
  crossEntropyInput as unknown as KernelSpec,
  logSoftmax as unknown as KernelSpec,
  cast as unknown as KernelSpec,
  saturateF16 as unknown as KernelSpec,
  dequantize as unknown as KernelSpec,
  assign as unknown as KernelSpec,
  random as unknown as KernelSpec,
  dropBlock as unknown as KernelSpec,
];

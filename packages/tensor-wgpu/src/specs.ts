import attention from './kernels/attention/attention.spec.ts';
import conv2d from './kernels/conv2d/conv2d.spec.ts';
import deformConv2d from './kernels/deform-conv2d/deform-conv2d.spec.ts';
import matmul from './kernels/matmul/matmul.spec.ts';
import softmaxColumns from './kernels/softmax-columns/softmax-columns.spec.ts';
import type { KernelSpec } from './testing/index.ts';

/** Every kernel's spec: what tests, benchmarks and other runtimes run. */
export const specs: readonly KernelSpec[] = [
  attention as unknown as KernelSpec,
  conv2d as unknown as KernelSpec,
  deformConv2d as unknown as KernelSpec,
  matmul as unknown as KernelSpec,
  softmaxColumns as unknown as KernelSpec,
];

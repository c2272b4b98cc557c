import type { KernelSpec } from './kernel-spec.ts';

const PRODUCTS = new Set([
  ...['matmul', 'conv2d', 'conv2d-input', 'conv2d-weight', 'deform-conv2d', 'deform-conv2d-gradients'],
  ...['attention', 'attention-gradients'],
]);

/**
 * True for matrix products and what is made of them. Their plans depend on the width of subgroups; Chromium's software adapter
 * compiles each of their shaders for half a second to a second, without a cache.
 */
export function isProduct({ name }: KernelSpec): boolean {
  return PRODUCTS.has(name);
}

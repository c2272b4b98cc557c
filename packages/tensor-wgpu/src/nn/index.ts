export { type Initializer, initialize } from './initialize.ts';
export {
  type After,
  type ConvOptions,
  conv2d,
  groupNorm,
  type LinearOptions,
  layerNorm,
  linear,
} from './layers.ts';
export type {
  AskedParameter,
  ParameterOptions,
  ParameterSource,
  ReadOptions,
  StoredNumbers,
} from './parameter-source.ts';
export { ParameterTree } from './parameter-tree.ts';
export type { TreeOptions } from './storage.ts';

export { type Initializer, initialize } from './initialize.ts';
export * from './layers.ts';
export type {
  ParameterOptions,
  ParameterRequest,
  ParameterSource,
  ReadOptions,
  StoredNumbers,
} from './parameter-source.ts';
export { ParameterTree } from './parameter-tree.ts';
export { quantizeParameter, scaleName, scaleShape } from './quantized.ts';
export { storedAs, type TreeOptions, type WeightDType } from './storage.ts';

export type { Initializer } from './initialize.ts';
export { conv2d, groupNorm, layerNorm, linear } from './layers.ts';
export { type ParameterOptions, type ParameterSource, ParameterTree } from './parameter-tree.ts';
export type { TreeOptions } from './storage.ts';

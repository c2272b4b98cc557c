export type { Initializer } from './initialize.ts';
export { conv2d, groupNorm, layerNorm, linear } from './layers.ts';
export type { ParameterOptions, ParameterSource, ReadOptions, StoredNumbers } from './parameter-source.ts';
export { ParameterTree } from './parameter-tree.ts';
export type { TreeOptions } from './storage.ts';

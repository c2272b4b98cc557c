export { detectionHead } from './head.ts';
export { isIgnored, type Network, network } from './network.ts';
export { phraseScores, phraseWeights } from './phrase-scores.ts';
export { PROMPT_ROWS, withPromptRows } from './prompt-rows.ts';
export {
  type Regularization,
  type RegularizationRates,
  type RunOptions,
  regularizationOf,
} from './run-options.ts';
export type { TextFeatures } from './text-features.ts';
export type { TowerState } from './tower.ts';

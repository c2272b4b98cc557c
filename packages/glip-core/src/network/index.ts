export { detectionHead, type Predictions } from './head.ts';
export { isIgnored, type Network, network, type RunOptions, type TextFeatures } from './network.ts';
export { phraseScores, phraseWeights, type Scores } from './phrase-scores.ts';

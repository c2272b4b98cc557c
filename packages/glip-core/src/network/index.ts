export { detectionHead } from './head.ts';
export { isIgnored, type Network, network, type TextFeatures } from './network.ts';
export { phraseScores, phraseWeights } from './phrase-scores.ts';

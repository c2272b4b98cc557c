export { TargetError } from '../errors.ts';
export { type AnchorGrid, assignAnchors } from './assign-anchors.ts';
export { centernessTargets } from './centerness-targets.ts';
export {
  type AnchorTensors,
  anchorTensors,
  boxLoss,
  centernessLoss,
  decodeDeltas,
  type GroundingLoss,
  groundingLoss,
  type LossInputs,
  tokenLoss,
} from './grounding-loss.ts';
export {
  type ImageTargets,
  type LossTargets,
  lossTargets,
  type Normalizers,
  type TargetArrays,
  type TextTargets,
  targetArrays,
  uploadTargets,
} from './loss-targets.ts';
export { phraseCrossEntropy } from './phrase-cross-entropy.ts';

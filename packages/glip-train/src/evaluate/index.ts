export {
  type ComparedWording,
  type ComparedWordings,
  type CompareOptions,
  compareWordings,
  type NamesAndBest,
  type Wordings,
} from './compare-wordings.ts';
export {
  type EvaluatedImage,
  type Evaluation,
  type EvaluationOptions,
  evaluateDetector,
  type KnownDetections,
  type MarkedDetection,
  type UnreadableImage,
} from './evaluate-detector.ts';
export { type GlipDetectorOptions, glipDetector } from './glip-detector.ts';
export { type Grounded, namedAtBox } from './named-at-box.ts';
export { NamingProbe, type NamingProbeOptions } from './naming-probe.ts';
export type { OperatingPoint } from './operating-point.ts';

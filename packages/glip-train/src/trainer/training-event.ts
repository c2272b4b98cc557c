/** A report of a training run. */
export type TrainingEvent = StepEvent | EvaluationEvent | PhaseEvent | CheckpointEvent;

export interface PhaseEvent {
  readonly kind: 'phase';
  readonly phase: string;
  /** Step of the run at which the phase begins. */
  readonly step: number;
  readonly steps: number;
  /** Tensors and numbers that the phase trains. */
  readonly tensors: number;
  readonly parameters: number;
}

export interface StepEvent {
  readonly kind: 'step';
  readonly phase: string;
  /** Steps taken so far, this one included. */
  readonly step: number;
  /** Of the whole run. */
  readonly steps: number;
  /** Sum of the weighted losses. */
  readonly loss: number;
  /** Each loss before its weight. */
  readonly losses: Readonly<Record<string, number>>;
  /** Before clipping; infinite for a skipped step. */
  readonly gradientNorm: number;
  readonly learningRate: number;
  /** A gradient was not finite: the step changed nothing. */
  readonly skipped: boolean;
  /** Pictures of the batch. */
  readonly pictures: number;
  /** Seconds since the step before it ended. */
  readonly seconds: number;
  /** Part of them that was spent waiting for the batch. */
  readonly waitingSeconds: number;
  /** Estimated seconds to the end of the run, evaluations included. */
  readonly remainingSeconds: number;
}

export interface EvaluationEvent {
  readonly kind: 'evaluation';
  readonly step: number;
  /** By name, as the evaluation returned them. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** True if the first metric is higher than at all evaluations before that began with the same metric. */
  readonly best: boolean;
}

export interface CheckpointEvent {
  readonly kind: 'checkpoint';
  readonly step: number;
  readonly seconds: number;
}

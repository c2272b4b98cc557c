import type { CheckpointLine, EvaluationLine, LogLine, PhaseLine, RunLine, StepLine } from './log-lines.ts';

/** A run's log, its starts merged: lines of steps that were lost and taken again are those of the later time. */
export interface RunLog {
  readonly starts: readonly RunLine[];
  readonly phases: readonly PhaseLine[];
  readonly steps: readonly StepLine[];
  readonly evaluations: readonly EvaluationLine[];
  readonly checkpoints: readonly CheckpointLine[];
}

/** Merges the lines of a log, in their order in the file. */
export class RunLogBuilder implements RunLog {
  starts: RunLine[] = [];
  phases: PhaseLine[] = [];
  steps: StepLine[] = [];
  evaluations: EvaluationLine[] = [];
  checkpoints: CheckpointLine[] = [];

  add(line: LogLine): void {
    switch (line.kind) {
      case 'run':
        this.#resumeAt(line.step);
        this.starts.push(line);
        break;
      case 'phase':
        this.phases = [...this.phases.filter(({ step }) => step < line.step), line];
        break;
      case 'step':
        this.steps.push(line);
        break;
      case 'evaluation':
        this.evaluations = [...this.evaluations.filter(({ step }) => step !== line.step), line];
        break;
      case 'checkpoint':
        this.checkpoints.push(line);
        break;
    }
  }

  /** Removes what came after the checkpoint from which the run goes on. */
  #resumeAt(start: number): void {
    const kept = <T extends { readonly step: number }>(lines: readonly T[]): T[] =>
      lines.filter(({ step }) => step <= start);
    this.steps = kept(this.steps);
    this.evaluations = kept(this.evaluations);
    this.checkpoints = kept(this.checkpoints);
    this.phases = kept(this.phases);
  }
}

/** The run's log from the text of metrics.jsonl. Lines that are no log lines, such as a torn last one, are left out. */
export function parseLog(text: string): RunLogBuilder {
  const log = new RunLogBuilder();
  for (const line of text.split('\n')) {
    const parsed = parseLine(line);
    if (parsed) log.add(parsed);
  }
  return log;
}

const KINDS = ['run', 'phase', 'step', 'evaluation', 'checkpoint'];

function parseLine(line: string): LogLine | undefined {
  try {
    const parsed = line === '' ? undefined : JSON.parse(line);
    if (!KINDS.includes(parsed?.kind) || !Number.isFinite(parsed.step)) return undefined;
    if (parsed.kind === 'step' && !isRecord(parsed.losses)) return undefined;
    if (parsed.kind === 'evaluation' && !isRecord(parsed.metrics)) return undefined;
    return parsed;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

import type { CaseOutcome, Outcome, TimeOutcome } from '../playground/playground.ts';
import type { Report } from '../report/report.ts';
import type { Host } from '../run/environment.ts';
import type { RunEvent } from '../run/run-suites.ts';
import type { Settings } from '../run/settings.ts';

type Edited = { readonly kernel: string; readonly edits: readonly (readonly [file: string, text: string])[] };

/** What the page asks of the worker. Each answer carries the number of its request. */
export type Request =
  | { readonly type: 'run'; readonly settings: Settings; readonly host: Host }
  | { readonly type: 'stop' }
  | { readonly type: 'files'; readonly kernel: string }
  | ({ readonly type: 'test' } & Edited)
  | ({ readonly type: 'time' } & Edited);

export interface Answers {
  readonly run: Report;
  readonly stop: undefined;
  readonly files: { readonly files: readonly (readonly [file: string, text: string])[] };
  readonly test: Outcome<CaseOutcome>;
  readonly time: Outcome<TimeOutcome>;
}

export type ToWorker = { readonly id: number; readonly request: Request };

export type FromWorker =
  | { readonly id: number; readonly event: RunEvent }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

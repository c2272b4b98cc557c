import type { CaseOutcome, Outcome, TimeOutcome } from '../kernel-editor/playground.ts';
import type { PeerSettings } from '../peers/peer-settings.ts';
import type { PeerReport } from '../peers/peer-table.ts';
import type { PeerEvent } from '../peers/run-peers.ts';
import type { Report } from '../report/report.ts';
import type { Environment, Host } from '../run/environment.ts';
import type { RunEvent } from '../run/run-suites.ts';
import type { Settings } from '../run/settings.ts';

type Edited = { readonly kernel: string; readonly edits: readonly (readonly [file: string, text: string])[] };

/** Requests of the page to the worker. Each answer carries the number of its request. */
export type Request =
  | { readonly type: 'run'; readonly settings: Settings; readonly host: Host }
  | { readonly type: 'peers'; readonly settings: PeerSettings; readonly host: Host }
  | { readonly type: 'stop' }
  | { readonly type: 'environment'; readonly host: Host }
  | { readonly type: 'files'; readonly kernel: string }
  | ({ readonly type: 'test' } & Edited)
  | ({ readonly type: 'time' } & Edited);

export interface Answers {
  readonly run: Report;
  readonly peers: PeerReport;
  readonly stop: undefined;
  readonly environment: Environment;
  readonly files: { readonly files: readonly (readonly [file: string, text: string])[] };
  readonly test: Outcome<CaseOutcome>;
  readonly time: Outcome<TimeOutcome>;
}

/** Events that the worker sends before its answer. */
export interface Events {
  readonly run: RunEvent;
  readonly peers: PeerEvent;
  readonly stop: never;
  readonly environment: never;
  readonly files: never;
  readonly test: never;
  readonly time: never;
}

export type ToWorker = { readonly id: number; readonly request: Request };

export type FromWorker =
  | { readonly id: number; readonly event: Events[Request['type']] }
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: string };

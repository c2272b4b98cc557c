import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { measureRoofline, type Roofline } from '../measure/roofline.ts';
import { type CaseResult, FORMAT, type Report, VERSION } from '../report/report.ts';
import { type BenchCase, type Context, idOf } from '../suites/bench-case.ts';
import { selectCases } from '../suites/index.ts';
import { Models } from '../suites/models.ts';
import { type Environment, environmentOf, type Host } from './environment.ts';
import { runCase } from './run-case.ts';
import type { Settings } from './settings.ts';

/** Progress events of a run. */
export type RunEvent =
  | { readonly type: 'environment'; readonly environment: Environment }
  | { readonly type: 'roofline'; readonly roofline: Roofline }
  | { readonly type: 'plan'; readonly ids: readonly string[] }
  | { readonly type: 'start'; readonly id: string }
  | { readonly type: 'result'; readonly result: CaseResult }
  | { readonly type: 'reopened'; readonly because: string };

export interface RunOptions {
  readonly host: Host;
  readonly emit?: (event: RunEvent) => void;
  readonly signal?: AbortSignal;
  readonly readFile: (url: URL) => Promise<Uint8Array>;
  /** Opens devices; by default the platform's, with all useful features. */
  readonly open?: () => Promise<Device>;
  /** Replaces the cases that the settings select. */
  readonly cases?: readonly BenchCase[];
}

const MAX_REOPENED = 5; // consecutive device losses without a result in between

/**
 * Runs the selected cases one after the other. A case that fails is a result like any other; after a lost device
 * a new one is opened and the run continues. If stopped by its signal, it returns the results so far.
 */
export async function runSuites(settings: Settings, options: RunOptions): Promise<Report> {
  const { host, emit = () => {}, signal, open = () => openDevice() } = options;
  const date = new Date().toISOString();
  const results: CaseResult[] = [];
  const cases = options.cases ?? selectCases(settings);
  let context = await openContext(open, options.readFile);
  const environment = environmentOf(context.device.info, host);
  emit({ type: 'environment', environment });
  emit({ type: 'plan', ids: cases.map(idOf) });
  let roofline: Roofline | undefined;
  try {
    roofline = await measureRoofline(context.device);
    emit({ type: 'roofline', roofline });
  } catch {
    // A device that fails at the probes fails at the cases too, and they report it; shares of the roof are omitted.
  }
  let lost = 0;
  for (const item of cases) {
    if (signal?.aborted || lost > MAX_REOPENED) break;
    emit({ type: 'start', id: idOf(item) });
    try {
      context.device.check();
    } catch (error) {
      context.models[Symbol.dispose]();
      context = await openContext(open, options.readFile);
      emit({ type: 'reopened', because: (error as Error).message });
    }
    const result = await runCase(item, context, settings, roofline, signal);
    if (!result) break;
    lost = result.status === 'lost' ? lost + 1 : 0;
    results.push(result);
    emit({ type: 'result', result });
  }
  context.models[Symbol.dispose]();
  context.device.dispose();
  const complete = results.length === cases.length;
  return { format: FORMAT, version: VERSION, date, environment, settings, roofline, results, complete };
}

async function openContext(
  open: () => Promise<Device>,
  readFile: Context['readFile'],
): Promise<Context & { readonly models: Models }> {
  const device = await open();
  return { device, models: new Models(device), readFile };
}

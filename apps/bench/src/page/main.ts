import { changeChart, roofChart, rooflineChart } from '../report/charts.ts';
import { compareReports } from '../report/compare.ts';
import { noticesOf } from '../report/lines.ts';
import { memoryChart } from '../report/memory-chart.ts';
import { FORMAT, type Report, VERSION } from '../report/report.ts';
import type { Drawing } from '../report/svg.ts';
import type { RunEvent } from '../run/run-suites.ts';
import { readSettings, type Settings } from '../run/settings.ts';
import { connectCompare, savedRun, showDifferences } from './compare-panel.ts';
import { asSentence, byId, copyFrom, drawn, fillList, make } from './dom.ts';
import { showEnvironment } from './environment-card.ts';
import { connectExports, enableExports } from './exports.ts';
import { browserHost } from './host.ts';
import { connectPeers } from './peers-panel.ts';
import { connectPlayground } from './playground-view.ts';
import { showResults } from './results-table.ts';
import { formSettings, linkSettings, linkTo, showSettings } from './settings-form.ts';
import { connectTheme } from './theme.ts';
import { ask } from './worker-client.ts';

type Draft = { -readonly [K in keyof Report]: Report[K] };

const status = byId('status');
const start = byId<HTMLButtonElement>('start');
const stop = byId<HTMLButtonElement>('stop');
const bar = byId<HTMLProgressElement>('progress');
let report: Draft | undefined;

function show(): void {
  const before = savedRun();
  if (report) showResults(report, before);
  fillList(byId('notices'), report ? noticesOf(report.results) : []);
  showDifferences(report);
  const changes = before && report && changeChart(compareReports(before, report));
  const plots: [string, Drawing | undefined][] = [
    ['Against the saved run', changes],
    ['Share of the measured roof', roofChart(report?.results ?? [])],
    ['Work per byte and speed', rooflineChart(report?.results ?? [], report?.roofline)],
    ['GPU memory during the run', memoryChart(report?.results ?? [])],
  ];
  const figures = plots.flatMap(([title, plot]) =>
    plot ? [make('figure', {}, make('figcaption', { textContent: title }), drawn(plot))] : [],
  );
  byId('plots-section').hidden = figures.length === 0;
  byId('plots').replaceChildren(...figures);
}

/** Follows a run and shows each result as it arrives. */
function follow(draft: Draft): (event: RunEvent) => void {
  const results = [...draft.results];
  let total = 0;
  return (event) => {
    (globalThis as { onBenchEvent?: (event: RunEvent) => void }).onBenchEvent?.(event);
    if (event.type === 'environment') {
      draft.environment = event.environment;
      report = draft; // the run has begun: until then an earlier one stays
    }
    if (event.type === 'roofline') draft.roofline = event.roofline;
    if (event.type === 'environment' || event.type === 'roofline')
      showEnvironment(draft.environment, draft.roofline);
    if (event.type === 'plan') total = event.ids.length;
    if (event.type === 'start') status.textContent = `${results.length + 1} of ${total}: ${event.id}`;
    if (event.type === 'reopened') {
      byId('events').append(make('li', { textContent: `A new device was opened: ${event.because}` }));
    }
    if (event.type !== 'result') return;
    results.push(event.result);
    bar.value = results.length / total;
    draft.results = [...results];
    show();
  };
}

async function run(settings: Settings): Promise<void> {
  let finished: Report | undefined;
  const draft = {
    format: FORMAT,
    version: VERSION,
    date: new Date().toISOString(),
    settings,
    results: [],
    complete: false,
  } as unknown as Draft; // its environment comes with the first event
  busy(true);
  byId('events').replaceChildren();
  status.textContent = 'Opening the GPU and measuring its roof…';
  try {
    finished = await ask({ type: 'run', settings, host: await browserHost() }, follow(draft));
    report = finished;
    status.textContent = `${report.complete ? 'Done' : 'Stopped'}: ${tally(report.results)}.`;
  } catch (error) {
    status.textContent = asSentence((error as Error).message);
  }
  busy(false);
  show();
  Object.assign(globalThis, { __result: finished ?? null }); // for programs that drive the page, as is onBenchEvent
}

/** `29 ok, 11 skipped`: number of cases by status, good ones first. */
function tally(results: Report['results']): string {
  const states = ['ok', 'skipped', 'wrong', 'error', 'lost'] as const;
  const counts = states.map((state) => [state, results.filter(({ status }) => status === state).length]);
  return counts
    .filter(([state, count]) => count || state === 'ok')
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

function busy(running: boolean): void {
  start.disabled = running;
  peers.setEnabled(!running);
  stop.disabled = !running;
  bar.value = running ? 0 : bar.value;
  enableExports(!running && (report?.results.length ?? 0) > 0);
}

/** @returns the form's settings, or undefined after showing the error */
function settingsOrMessage(read: () => Settings): Settings | undefined {
  try {
    return read();
  } catch (error) {
    status.textContent = asSentence((error as Error).message);
    return undefined;
  }
}

byId('settings').addEventListener('submit', (event) => {
  event.preventDefault();
  const settings = settingsOrMessage(formSettings);
  if (!settings) return;
  history.replaceState(undefined, '', linkTo(settings));
  void run(settings);
});
stop.addEventListener('click', () => {
  stop.disabled = true;
  status.textContent = 'Stopping after the current case…';
  void ask({ type: 'stop' });
});
byId('link').addEventListener('click', ({ currentTarget }) => {
  const settings = settingsOrMessage(formSettings);
  if (settings) void copyFrom(currentTarget as HTMLElement, linkTo(settings));
});

connectTheme();
connectCompare(() => report, show);
connectExports(() => {
  const before = savedRun();
  return { ...(report ? { report } : {}), ...(before ? { before } : {}) };
});
connectPlayground();
const peers = connectPeers((running) => {
  start.disabled = running || !('gpu' in navigator);
});
enableExports(false);
const link = new URLSearchParams(location.search);
const forPeers = link.has('peers'); // then words to choose by and `auto` are meant for them
const asked = settingsOrMessage(forPeers ? () => readSettings({}) : linkSettings);
if (asked) showSettings(asked);
if (!('gpu' in navigator)) {
  status.textContent =
    'This browser has no WebGPU. Chrome and Edge 113, Safari 26 and Firefox 141 have it; on Linux, Chrome may need the flag enable-unsafe-webgpu.';
  start.disabled = true;
} else if (asked && !forPeers && link.has('auto')) {
  void run(asked);
} else {
  void describeMachine();
}

/** Shows the machine before anything runs on it. */
async function describeMachine(): Promise<void> {
  try {
    const environment = await ask({ type: 'environment', host: await browserHost() });
    if (!report) showEnvironment(environment);
  } catch (error) {
    if (!report && status.textContent === 'Ready.') status.textContent = asSentence((error as Error).message);
  }
}

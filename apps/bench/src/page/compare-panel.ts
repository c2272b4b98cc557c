import { differences } from '../report/compare.ts';
import { countOf } from '../report/lines.ts';
import { parseReport } from '../report/parse-report.ts';
import type { Report } from '../report/report.ts';
import { adapterName } from '../run/environment.ts';
import { byId, fillList } from './dom.ts';

const KEY = 'glip-wgpu-bench.kept';
const input = byId<HTMLInputElement>('baseline');
const message = byId('baseline-status');
let before: Report | undefined;

/** The saved run to compare with. */
export function savedRun(): Report | undefined {
  return before;
}

/** Lists differences that make the two runs hard to compare. */
export function showDifferences(report: Report | undefined): void {
  fillList(byId('differences'), before && report ? differences(before, report) : []);
}

/** @param changed  called when there is another saved run, or none */
export function connectCompare(current: () => Report | undefined, changed: () => void): void {
  const use = (report: Report | undefined, from = ''): void => {
    before = report;
    message.textContent = report
      ? `Comparing with ${from}: ${adapterName(report.environment)}, ${report.date.slice(0, 16).replace('T', ' ')}, ${countOf(report.results.length, 'case')}.`
      : '';
    byId('clear').hidden = !report;
    changed();
  };
  input.addEventListener('change', async () => {
    const [file] = input.files ?? [];
    if (!file) return;
    try {
      use(parseReport(await file.text(), file.name), file.name);
    } catch (error) {
      message.textContent = (error as Error).message;
    }
    input.value = '';
  });
  byId('keep').addEventListener('click', () => {
    const report = current();
    if (!report) return;
    use(report, 'the run that was kept');
    try {
      localStorage.setItem(KEY, JSON.stringify(report));
    } catch {
      // Storage is full or forbidden: it is kept while the page is open.
    }
  });
  byId('clear').addEventListener('click', () => {
    forget();
    use(undefined);
  });
  const kept = remembered();
  if (!kept) return;
  try {
    use(parseReport(kept), 'the run that was kept');
  } catch {
    forget(); // of another version
  }
}

/** Undefined where nothing is kept, or the browser forbids storage. */
function remembered(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function forget(): void {
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Storage is forbidden: nothing was kept.
  }
}

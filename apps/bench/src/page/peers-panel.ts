import { bytesOf, LIBRARIES } from '../peers/libraries.ts';
import type { PeerSettings } from '../peers/peer-settings.ts';
import type { PeerReport } from '../peers/peer-table.ts';
import type { PeerEvent } from '../peers/run-peers.ts';
import { byId, copyFrom } from './dom.ts';
import { browserHost } from './host.ts';
import { counted, fillForm, formLink, formSettings, megabytes } from './peers-form.ts';
import { showPeers } from './peers-results.ts';
import { WorkerClient } from './worker-client.ts';

const start = byId<HTMLButtonElement>('peers-start');
const stop = byId<HTMLButtonElement>('peers-stop');
const status = byId('peers-status');
const bar = byId<HTMLProgressElement>('peers-progress');
const worker = new WorkerClient(); // a separate worker: libraries release the GPU only when their thread ends

/**
 * Compares with other libraries, which are downloaded on start.
 *
 * @param onBusy  called when a comparison begins and ends: nothing else should use the GPU meanwhile
 */
export function connectPeers(onBusy: (running: boolean) => void): { setEnabled(enabled: boolean): void } {
  let running = false;
  let enabled = 'gpu' in navigator;
  const update = (): void => {
    start.disabled = running || !enabled;
    stop.disabled = !running;
  };
  const setRunning = (value: boolean): void => {
    running = value;
    update();
    onBusy(value);
  };
  const run = async (settings: PeerSettings): Promise<void> => {
    setRunning(true);
    const report = await compare(settings);
    worker.close();
    setRunning(false);
    Object.assign(globalThis, { __peers: report ?? null }); // for programs that drive the page, as is onPeerEvent
  };
  byId('peers').addEventListener('submit', (event) => {
    event.preventDefault();
    const settings = formSettings();
    if (settings) void run(settings);
  });
  stop.addEventListener('click', () => {
    stop.disabled = true;
    status.textContent = 'Stopping after the current run…';
    void worker.ask({ type: 'stop' }).catch(() => {}); // where it ended by itself meanwhile
  });
  byId('peers-link').addEventListener('click', ({ currentTarget }) => {
    const link = formLink();
    if (link) void copyFrom(currentTarget as HTMLElement, link);
  });
  update();
  const asked = fillForm();
  if (asked && enabled) void run(asked);
  return {
    setEnabled(value) {
      enabled = value && 'gpu' in navigator;
      update();
    },
  };
}

async function compare(settings: PeerSettings): Promise<PeerReport | undefined> {
  for (const { name } of LIBRARIES) byId(`peer-${name}`).textContent = '';
  status.textContent = 'Opening the GPU…';
  bar.value = 0;
  try {
    const report = await worker.ask({ type: 'peers', settings, host: await browserHost() }, follower());
    showPeers(report);
    status.textContent = `${report.complete ? 'Done' : 'Stopped'}: ${report.adapter}, ${counted(report.rows.length)}, median of ${report.rounds} interleaved runs.`;
    return report;
  } catch (error) {
    status.textContent = (error as Error).message;
    return undefined;
  }
}

/** Follows a comparison and shows each row as it arrives. */
function follower(): (event: PeerEvent) => void {
  let report: PeerReport | undefined;
  let names: readonly string[] = [];
  return (event) => {
    (globalThis as { onPeerEvent?: (event: PeerEvent) => void }).onPeerEvent?.(event);
    switch (event.type) {
      case 'library':
        showLibrary(event);
        return;
      case 'plan':
        ({ report, names } = event);
        break;
      case 'start':
        status.textContent = `${(report?.rows.length ?? 0) + 1} of ${names.length}: ${event.name}`;
        return;
      case 'row':
        report = report && { ...report, rows: [...report.rows, event.row] };
    }
    if (!report) return;
    bar.value = report.rows.length / names.length;
    showPeers(report);
  };
}

function showLibrary(event: PeerEvent & { readonly type: 'library' }): void {
  const { name } = event;
  const state = byId(`peer-${name}`);
  state.className = 'failed' in event ? 'bad' : 'ready' in event ? 'ok' : '';
  if ('failed' in event) state.textContent = event.failed;
  else if ('ready' in event) state.textContent = 'ready';
  else {
    const whole = bytesOf(LIBRARIES.filter((library) => library.name === name));
    state.textContent = event.bytes < whole ? `${megabytes(event.bytes)} came` : 'starting…';
    status.textContent = `Downloading ${name}…`;
  }
}

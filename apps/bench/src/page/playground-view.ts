import { specs } from '@glip-wgpu/tensor-wgpu/specs';
import type { Message } from '../kernel-editor/edited-device.ts';
import type { CaseOutcome, TimeOutcome } from '../kernel-editor/playground.ts';
import { digits } from '../report/lines.ts';
import { byId, copyFrom, make } from './dom.ts';
import { showTable } from './playground-table.ts';
import { ask } from './worker-client.ts';

const kernel = byId<HTMLSelectElement>('kernel');
const file = byId<HTMLSelectElement>('file');
const source = byId<HTMLTextAreaElement>('source');
const gutter = byId('gutter');
const status = byId('play-status');

/** Text of the kernel's files, on disk and as edited. */
let originals = new Map<string, string>();
const edits = new Map<string, string>();
let wrongLines = new Map<string, Set<number>>();

async function openKernel(): Promise<void> {
  status.textContent = 'Looking up the files that this kernel links…';
  try {
    const { files } = await ask({ type: 'files', kernel: kernel.value });
    originals = new Map(files);
    edits.clear();
    showMessages([]);
    file.replaceChildren(...files.map(([name]) => make('option', { value: name, textContent: name })));
    openFile();
    showTable([], []);
    status.textContent = 'Unchanged.';
  } catch (error) {
    status.textContent = (error as Error).message;
  }
}

function openFile(): void {
  source.value = edits.get(file.value) ?? originals.get(file.value) ?? '';
  number();
}

/** Line numbers beside the text, marked at compiler errors. */
function number(): void {
  const wrong = wrongLines.get(file.value);
  const count = source.value.split('\n').length;
  gutter.replaceChildren(
    ...Array.from({ length: count }, (_, i) =>
      make('span', { className: wrong?.has(i + 1) ? 'wrong' : '', textContent: `${i + 1}\n` }),
    ),
  );
  gutter.scrollTop = source.scrollTop;
}

function changed(): Map<string, string> {
  return new Map([...edits].filter(([name, text]) => text !== originals.get(name)));
}

function showMessages(messages: readonly Message[]): void {
  wrongLines = new Map();
  for (const { file: name, line, type } of messages) {
    if (!name || !line || type !== 'error') continue;
    wrongLines.set(name, (wrongLines.get(name) ?? new Set<number>()).add(line));
  }
  byId('messages').replaceChildren(
    ...messages.map(({ type, text, file: name, line, column, source: linked }) => {
      const place = name ? `${name}:${line}:${column}` : `linked code${linked ? ` (${linked})` : ''}`;
      const button = make('button', { type: 'button', textContent: `${place} ${type}: ${text}` });
      button.addEventListener('click', () => goTo(name, line));
      return make('li', { className: type }, button);
    }),
  );
  number();
  const first = messages.find(({ type, line }) => type === 'error' && line);
  if (first?.file && first.line) reveal(first.file, first.line);
}

/** Shows a line, and puts the cursor there. */
function goTo(name: string | undefined, line: number | undefined): void {
  if (!name || !line) return;
  reveal(name, line);
  const lines = source.value.split('\n');
  const from = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  source.focus();
  source.setSelectionRange(from, from + lines[line - 1].length);
}

function reveal(name: string, line: number): void {
  if (file.value !== name) {
    file.value = name;
    openFile();
  }
  source.scrollTop = (line - 6) * Number.parseFloat(getComputedStyle(source).lineHeight);
}

/** Sends a request to the worker with the buttons disabled, and shows the outcome. */
async function work(what: string, body: () => Promise<string>): Promise<void> {
  const buttons = byId('playground').querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  status.textContent = what;
  try {
    status.textContent = await body();
  } catch (error) {
    status.textContent = (error as Error).message;
  }
  for (const button of buttons) button.disabled = false;
}

async function test(): Promise<string> {
  const request = { type: 'test', kernel: kernel.value, edits: [...changed()] } as const;
  const { messages, cases } = await ask(request);
  showMessages(messages);
  showTable(
    ['case', 'result', 'what is wrong'],
    cases.map(({ name, status, message }: CaseOutcome) => [status, [name, status, message]]),
  );
  const errors = messages.filter(({ type }) => type === 'error').length;
  if (errors > 0) return `Does not compile: ${errors} ${errors === 1 ? 'error' : 'errors'}.`;
  const right = cases.filter(({ status }) => status === 'right').length;
  return `${right} of ${cases.length} cases right.`;
}

async function time(): Promise<string> {
  const request = { type: 'time', kernel: kernel.value, edits: [...changed()] } as const;
  const { messages, cases } = await ask(request);
  showMessages(messages);
  showTable(
    ['case', 'result', 'before, ms', 'now, ms', 'speed-up'],
    cases.map(({ name, status, message, beforeMs, nowMs, change }: TimeOutcome) => {
      const speedup = change
        ? `${change.speedup.toFixed(2)}× ${change.verdict} (${change.interval.map((x) => x.toFixed(2)).join(' to ')})`
        : '';
      return [
        status,
        [name, message ? `${status}: ${message}` : status, digits(beforeMs), digits(nowMs), speedup],
      ];
    }),
  );
  return messages.some(({ type }) => type === 'error')
    ? 'Does not compile.'
    : 'Timed interleaved, 9 samples each.';
}

/** Makes the second view work; it opens by button or by `?kernel=NAME`. */
export function connectPlayground(): void {
  kernel.replaceChildren(
    ...[...specs]
      .sort((a, b) => a.name.localeCompare(b.name))
      .map(({ name }) => make('option', { value: name, textContent: name })),
  );
  const asked = new URLSearchParams(location.search).get('kernel');
  if (asked && specs.some(({ name }) => name === asked)) kernel.value = asked;
  const view = (playground: boolean): void => {
    byId('bench').hidden = playground;
    byId('playground').hidden = !playground;
    byId('show-bench').ariaPressed = `${!playground}`;
    byId('show-playground').ariaPressed = `${playground}`;
    if (playground && originals.size === 0) void openKernel();
  };
  byId('show-bench').addEventListener('click', () => view(false));
  byId('show-playground').addEventListener('click', () => view(true));
  kernel.addEventListener('change', () => void openKernel());
  file.addEventListener('change', openFile);
  source.addEventListener('input', () => {
    edits.set(file.value, source.value);
    wrongLines.delete(file.value);
    number();
    const count = changed().size;
    status.textContent = count === 0 ? 'Unchanged.' : `${count} ${count === 1 ? 'file' : 'files'} changed.`;
  });
  source.addEventListener('scroll', () => {
    gutter.scrollTop = source.scrollTop;
  });
  byId('test').addEventListener('click', () => void work('Compiling and running the cases…', test));
  byId('time').addEventListener('click', () => void work('Timing…', time));
  byId('reset').addEventListener('click', () => {
    edits.delete(file.value);
    openFile();
    status.textContent = `${file.value} was reset.`;
  });
  byId('copy-source').addEventListener('click', ({ currentTarget }) => {
    void copyFrom(currentTarget as HTMLElement, source.value);
  });
  if (asked) view(true);
}

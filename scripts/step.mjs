// A step of setup, build or tests: one line shows the task, its progress and the time taken. The command's own output goes to
// a log in .cache/logs, whose end is shown if the step fails.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const LOGS = `${root}.cache/logs/`;
const SECONDS_BETWEEN_LINES = 15; // where there is no terminal
const STATUS_FD = 3;

/** A step that cannot be done: reported in one sentence, without a stack trace. */
export class StepError extends Error {}

/**
 * Progress line of a long task: rewritten every second on a terminal, printed occasionally elsewhere.
 *
 * @param title    such as 'build'
 * @param {{ out?: { isTTY?: boolean, columns?: number, write(text: string): unknown }, expected?: number }} options
 *   out: where to; expected: seconds that it takes on a quiet machine
 */
export function openLine(title, { out = process.stdout, expected } = {}) {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  const usual = expected ? `about ${duration(expected)}` : '';
  let note = '';
  let written; // when the last line was
  const tick = () => {
    const now = seconds();
    const time = [now < 1 ? '' : duration(now), usual].filter(Boolean).join(' of ');
    const text = `${title}: ${[note, time].filter(Boolean).join(', ')}`;
    if (out.isTTY) {
      out.write(`\r\u001b[K${text.slice(0, (out.columns ?? 80) - 1)}`);
    } else if (written === undefined || now - written >= SECONDS_BETWEEN_LINES) {
      out.write(`${text}\n`);
      written = now;
    }
  };
  const timer = setInterval(tick, 1000);
  return {
    /** Seconds since it was opened. */
    seconds,
    /** Progress within the step. */
    set note(value) {
      note = value;
      if (out.isTTY || written === undefined) tick();
    },
    /** Removes the line and writes another in its place, if given. */
    close(result) {
      clearInterval(timer);
      if (out.isTTY) out.write('\r\u001b[K');
      if (result) out.write(`${title}: ${result}\n`);
    },
  };
}

/** '8 s', '2 min 5 s' */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const rest = whole % 60;
  return `${Math.floor(whole / 60)} min${rest ? ` ${rest} s` : ''}`;
}

/**
 * Runs a command, quietly.
 *
 * @param title    what is done, such as 'build'
 * @param command  program and arguments
 * @param options  of the line: note, at first; noteOf: a note for a line of output, if it has one; poll: a note, asked each
 *                 second; expected: seconds; out: where to. Of the command: env, cwd; statusFd: it also writes notes to descriptor 3.
 *                 Of a failure: mayFail: it is none; linesShown: how many lines of output are told
 * @returns the seconds that it took
 * @throws StepError with the end of its output, unless it ends with status 0
 */
export async function runStep(title, command, options = {}) {
  const { note, noteOf, poll, expected, out, mayFail = false, linesShown = 60 } = options;
  mkdirSync(LOGS, { recursive: true });
  const log = `${LOGS}${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.log`;
  const line = openLine(title, { out, expected });
  const take = (found) => {
    if (found) line.note = found;
  };
  take(note);
  const polling = poll && setInterval(() => take(poll()), 1000);
  const problem = await runLogged(command, log, { ...options, onLine: (text) => take(noteOf?.(text)) });
  clearInterval(polling);
  const seconds = line.seconds();
  line.close();
  if (problem === undefined || mayFail) return seconds;
  const told = [`${title}: ${command.join(' ')} failed ${problem}`, endOf(log, linesShown)];
  throw new StepError([...told, `all of its output: ${relative(process.cwd(), log)}`].join('\n'));
}

/** Undefined if the command exits with status 0, otherwise its outcome. */
async function runLogged([program, ...args], log, { env, cwd = root, statusFd = false, onLine }) {
  const file = openSync(log, 'w');
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(statusFd ? ['pipe'] : [])],
  });
  for (const [fd, stream] of child.stdio.entries()) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (text) => {
      if (fd !== STATUS_FD) writeSync(file, `${text}\n`);
      onLine(text);
    });
  }
  const problem = await new Promise((resolve) => {
    child.on('error', ({ message }) => resolve(`(${message})`));
    child.on('close', (status, signal) => {
      if (signal) resolve(`(${signal})`);
      else resolve(status === 0 ? undefined : `with status ${status}`);
    });
  });
  closeSync(file);
  return problem;
}

function endOf(log, count) {
  return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** Runs a program's main function; a StepError ends it with status 1 and without a stack. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

import { spawn } from 'node:child_process';
import { ON_TERMINAL } from './outputs/progress.ts';

const SUPERVISED = 'GLIP_SUPERVISED';

/** Commands that use the GPU. */
const ON_GPU = ['detect', 'label', 'train', 'evaluate', 'prompts', 'worker', 'info', 'env'];

/** Lines that graphics drivers always print and that are irrelevant to users. */
const NOISE = [
  /^Warning: maxDynamic(Uniform|Storage)BuffersPerPipelineLayout artificially reduced from .*$/,
  /^WARNING: lavapipe is not a conformant vulkan implementation.*$/,
  /^error: XDG_RUNTIME_DIR (is invalid or )?not set.*$/,
];
const HELD_BACK = /(^|\n)(Warn|WARN|error: XDG)[^\n]*$/; // the start of such a line

/** True for a command line with which drivers may write to standard error, as on Linux: a parent process must filter it. */
export function needsSupervision([command = '', ...args]: readonly string[]): boolean {
  if (process.platform !== 'linux' || process.env[SUPERVISED] !== undefined) return false;
  return ON_GPU.includes(command) && !args.some((one) => one === '--help' || one === '-h');
}

/** Runs the program as a child, forwards its standard error without the noise, and exits with its status. */
export function supervise(): void {
  const { isTTY, columns } = process.stderr;
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    stdio: ['inherit', 'inherit', 'pipe', 'ipc'],
    env: { ...process.env, [SUPERVISED]: '1', ...(isTTY && { [ON_TERMINAL]: String(columns) }) },
  });
  let held = '';
  const pass = (text: string): void => {
    const kept = withoutNoise(text);
    if (kept === '') return;
    process.stderr.write(isTTY && !kept.startsWith('\r') ? `\r\u001b[K${kept}` : kept); // overwrites a progress line
  };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    const all = held + text;
    held = HELD_BACK.exec(all)?.[0].replace(/^\n/, '') ?? '';
    pass(all.slice(0, all.length - held.length));
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('close', (code, signal) => {
    pass(held);
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
    if (signal !== null && signal !== 'SIGINT') process.stderr.write(`glip: ended by ${signal}\n`);
  });
}

/** Ends the program when its parent ends. */
export function endWithSupervisor(): void {
  if (process.env[SUPERVISED] === undefined || !process.channel) return;
  process.channel.unref();
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
}

/** Text without the noise lines. */
export function withoutNoise(text: string): string {
  const lines = text.split('\n');
  const kept = lines.filter((line) => !NOISE.some((noise) => noise.test(line)));
  return kept.length === lines.length ? text : kept.join('\n');
}

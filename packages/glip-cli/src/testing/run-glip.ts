import { spawn } from 'node:child_process';
import { FIRST_LINE } from '../outputs/progress.ts';

// The built command, as installed: `npm test` builds before it tests.
const cli = new URL('../../dist/cli.js', import.meta.url).pathname;

const fullDisk = new URL('./full-disk.mjs', import.meta.url).href;

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  /** Trimmed. */
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: Uint8Array;
  /** Interrupts the program, as by Ctrl-C, once this is true. */
  readonly stopWhen?: () => boolean;
  /** Kills the program at once (SIGKILL) once this is true of its standard error. */
  readonly killWhen?: (err: string) => boolean;
  /** Bytes that it may write in parts of files, as checkpoints are; more fails as on a full disk. */
  readonly disk?: number;
  /** Closes standard output. */
  readonly closeOutput?: boolean;
}

/** No progress in output, however slow the machine is; a terminal shows it. */
export const WITHOUT_PROGRESS = { [FIRST_LINE]: `${24 * 3600_000}` };

/** Runs the built command with pipes, as another program would. */
export function runGlip(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd, env, input, stopWhen, killWhen, disk, closeOutput } = options;
  const preload = disk === undefined ? [] : ['--import', fullDisk];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...preload, cli, ...args], {
      cwd,
      env: {
        ...process.env,
        ...WITHOUT_PROGRESS,
        ...(disk !== undefined && { GLIP_TEST_DISK: `${disk}` }),
        ...env,
      },
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      if (killWhen?.(err)) child.kill('SIGKILL');
    });
    if (closeOutput) child.stdout.destroy();
    const watch = setInterval(() => {
      if (killWhen?.(err)) child.kill('SIGKILL');
      if (!stopWhen?.()) return;
      clearInterval(watch);
      child.kill('SIGINT');
    }, 20);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ code, out, err: err.trim() });
    });
    child.stdin.end(input);
  });
}

import { spawn } from 'node:child_process';

// The built command, as installed: `npm test` builds before it tests.
const cli = new URL('../../dist/cli.js', import.meta.url).pathname;

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
  /** Largest file that it may write, in KiB: a larger one fails as on a full disk. */
  readonly fileLimit?: number;
  /** Closes standard output. */
  readonly closeOutput?: boolean;
}

/** Runs the built command with pipes, as another program would. */
export function runGlip(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd, env, input, stopWhen, killWhen, fileLimit, closeOutput } = options;
  const [program, ...before] =
    fileLimit === undefined
      ? [process.execPath]
      : ['bash', '-c', `trap "" XFSZ; ulimit -f ${fileLimit}; exec "$0" "$@"`, process.execPath];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, cli, ...args], { cwd, env: { ...process.env, ...env } });
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

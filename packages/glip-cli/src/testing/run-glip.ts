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
  /** Closes standard output. */
  readonly closeOutput?: boolean;
}

/** Runs the built command with pipes, as another program would. */
export function runGlip(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd, env, input, stopWhen, closeOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd, env: { ...process.env, ...env } });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
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

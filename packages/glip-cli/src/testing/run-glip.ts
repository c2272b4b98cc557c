import { spawn } from 'node:child_process';

// The built command, as it is installed: `npm test` builds before it tests.
const cli = new URL('../../dist/cli.js', import.meta.url).pathname;

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  /** Without line ends around it. */
  readonly err: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input. */
  readonly input?: Uint8Array;
  /** Called with all output so far; may end the program with a signal. */
  readonly onOutput?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the built command with pipes, as another program would. */
export function runGlip(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { cwd, env, input, onOutput } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd, env: { ...process.env, ...env } });
    let [out, err] = ['', ''];
    const heard = (): void => onOutput?.(out + err, (signal) => child.kill(signal));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      heard();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      heard();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, err: err.trim() }));
    child.stdin.end(input);
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/** A Redis of its own, which writes every change to an append-only file. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Number of commands that clients have sent. */
  commands(): Promise<number>;
  /** Kills it at once (SIGKILL) and starts it again with what its file holds. */
  killAndRestart(downMs?: number): Promise<void>;
}

/** Starts `redis-server` on a free port, with its data in a temporary folder. @throws Error if it is not installed */
export async function startRedis(options: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'glip-redis-'));
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(
      'redis-server',
      [...args, '--appendonly', 'yes', '--maxmemory-policy', 'noeviction', ...options],
      {
        stdio: 'ignore',
      },
    );
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause) =>
        reject(new Error('redis-server is missing: npm test installs it', { cause })),
      );
      child.once('exit', (code) => reject(new Error(`redis-server ended with status ${code}`)));
    });
    failed.catch(() => {});
    await Promise.race([failed, answers(port)]);
  };
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async commands() {
      const redis = new Redis({ port, host: '127.0.0.1' });
      const stats = await redis.info('commandstats');
      redis.disconnect();
      return [...stats.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm)].reduce(
        (sum, [, , calls]) => sum + Number(calls),
        0,
      );
    },
    async killAndRestart(downMs = 0) {
      await kill();
      await new Promise((resolve) => setTimeout(resolve, downMs));
      await start();
    },
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A port of this machine that nothing uses. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves once Redis answers, be it by asking for a password. */
async function answers(port: number): Promise<void> {
  for (;;) {
    const redis = new Redis({
      port,
      host: '127.0.0.1',
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    redis.on('error', () => {});
    try {
      await redis.connect();
      await redis.ping();
      return;
    } catch (error) {
      if (error instanceof Error && /NOAUTH/.test(error.message)) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      redis.disconnect();
    }
  }
}

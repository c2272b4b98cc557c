import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { reasonOf } from './queue-error.ts';

/** Of a promise that rejects. */
const reason = (promise: Promise<unknown>): Promise<string> => promise.then(() => 'none', reasonOf);

it('the reason of an error is one line, without paths of the operating system', async () => {
  expect(await reason(readFile('/no/such/file'))).toBe('no such file or directory');
  expect(reasonOf(new Error('first line\nsecond line'))).toBe('first line');
  expect(reasonOf('text')).toBe('text');
});

it.each(['127.0.0.1', 'localhost'])(
  'the reason of a request to %s that nobody answers is named',
  async (host) => {
    const server = createServer().listen(0);
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await reason(fetch(`http://${host}:${port}/`))).toMatch(/^(connection refused|ECONNREFUSED)$/);
  },
);

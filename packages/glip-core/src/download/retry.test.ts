import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refusal } from './responses.ts';
import { withRetries } from './retry.ts';

const NOW = Date.UTC(2030, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Times of the attempts, in milliseconds, until the third succeeds. */
async function timesOf(status: number, headers: Record<string, string>): Promise<number[]> {
  vi.setSystemTime(NOW);
  const times: number[] = [];
  const attempt = async (): Promise<void> => {
    times.push(Date.now() - NOW);
    if (times.length < 3) throw refusal('http://a/b', new Response(null, { status, headers }));
  };
  const work = withRetries(attempt, () => 0, { retryMs: 500 });
  await vi.runAllTimersAsync();
  await work;
  return times;
}

describe('the pause before the next attempt', () => {
  it.each([429, 503])('after a %i is what the server asks for, in seconds', async (status) => {
    expect(await timesOf(status, { 'Retry-After': '20' })).toEqual([0, 20_000, 40_000]);
  });

  it('lasts until the date that the server names, by the clock of the server', async () => {
    const date = new Date(NOW - 3_600_000).toUTCString();
    const after = new Date(NOW - 3_600_000 + 7000).toUTCString();
    expect(await timesOf(503, { Date: date, 'Retry-After': after })).toEqual([0, 7000, 14_000]);
    const own = new Date(NOW + 9000).toUTCString();
    expect((await timesOf(503, { 'Retry-After': own }))[1]).toBe(9000);
  });

  it('doubles where the server asks for less, for a past date, or for nothing that can be understood', async () => {
    for (const after of ['0', new Date(NOW - 5000).toUTCString(), 'soon', '-5', '1e3', '']) {
      expect(await timesOf(503, { 'Retry-After': after })).toEqual([0, 500, 1500]);
    }
    expect(await timesOf(503, {})).toEqual([0, 500, 1500]);
  });
});

it('a server that asks for more than two minutes is not asked again; the error says how long', async () => {
  let attempts = 0;
  const attempt = async (): Promise<void> => {
    attempts += 1;
    throw refusal('http://a/b', new Response(null, { status: 429, headers: { 'Retry-After': '3600' } }));
  };
  await expect(withRetries(attempt, () => 0, {})).rejects.toMatchObject({
    code: 'network',
    message: 'http://a/b: 429; the server asks to wait 3600 s',
    retryAfterMs: 3_600_000,
  });
  expect(attempts).toBe(1);
});

it('an abort ends a pause that the server asks for', async () => {
  const controller = new AbortController();
  const attempt = async (): Promise<void> => {
    throw refusal('http://a/b', new Response(null, { status: 503, headers: { 'Retry-After': '60' } }));
  };
  const work = withRetries(attempt, () => 0, { signal: controller.signal });
  const ended = expect(work).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(1000);
  controller.abort(new Error('enough'));
  await ended;
});

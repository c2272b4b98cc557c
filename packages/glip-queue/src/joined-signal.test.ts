import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { JoinedSignal } from './joined-signal.ts';

it.each([0, 1])('a joined signal aborts with signal %i, for its reason', (first) => {
  const sources = [new AbortController(), new AbortController()];
  const { signal } = new JoinedSignal(sources.map((one) => one.signal));
  sources[first].abort(first);
  sources[1 - first].abort(1 - first);
  expect([signal.aborted, signal.reason]).toEqual([true, first]);
  const late = new JoinedSignal(sources.map((one) => one.signal));
  expect([late.signal.aborted, late.signal.reason]).toEqual([true, 0]);
});

it('a joined signal leaves nothing at signals that outlive it', () => {
  const source = new AbortController();
  const joined = new JoinedSignal([source.signal]);
  expect(getEventListeners(source.signal, 'abort')).toHaveLength(1);
  joined[Symbol.dispose]();
  expect(getEventListeners(source.signal, 'abort')).toHaveLength(0);
  source.abort();
  expect(joined.signal.aborted).toBe(false);
});

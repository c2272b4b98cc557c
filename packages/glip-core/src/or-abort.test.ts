import { describe, expect, it, vi } from 'vitest';
import { orAbort } from './or-abort.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('work that may be aborted', () => {
  it('gives its result, and leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    expect(await orAbort(Promise.resolve(3), signal)).toBe(3);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
    expect(added).toHaveBeenCalledOnce();
  });

  it('rejects with its own error', async () => {
    const { signal } = new AbortController();
    await expect(orAbort(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it('rejects with the reason of an abort, before or during the work', async () => {
    const controller = new AbortController();
    const during = orAbort(never(), controller.signal);
    controller.abort(new Error('enough'));
    await expect(during).rejects.toThrow('enough');
    await expect(orAbort(never(), controller.signal)).rejects.toThrow('enough');
  });

  it('needs no signal', async () => {
    expect(await orAbort(Promise.resolve(3), undefined)).toBe(3);
  });
});

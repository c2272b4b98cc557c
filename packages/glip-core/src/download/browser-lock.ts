/** Waits until no other page holds this lock. @returns a function that releases it */
export function lock(name: string, signal: AbortSignal | undefined): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> => new Promise((release) => resolve(release));
    navigator.locks.request(`glip-wgpu:${name}`, signal ? { signal } : {}, held).catch(reject);
  });
}

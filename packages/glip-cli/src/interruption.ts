const SAME_MS = 1_000; // a terminal and a parent process may both forward one Ctrl-C

/** A signal that aborts at the first SIGINT or SIGTERM; a later one ends the program at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const stop = (): void => {
    const now = performance.now();
    first ??= now;
    controller.abort();
    if (now - first > SAME_MS) process.exit(130);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return controller.signal;
}

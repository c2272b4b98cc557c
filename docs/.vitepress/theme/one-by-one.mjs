import { hydrateOnMediaQuery } from 'vue';

const whenIdle = globalThis.requestIdleCallback ?? ((callback) => setTimeout(callback, 1)); // Safari

let last = Promise.resolve();

/**
 * Vue's strategy that hydrates asynchronous components one after another, each in an idle task of its own.
 *
 * @param width  of the screen, in pixels, from which on it does; on a narrower one Vue renders a component when its properties change
 */
export function oneByOne(width) {
  const query = `(min-width: ${width}px)`;
  return (hydrate, forEachElement) =>
    matchMedia(query).matches ? next(hydrate) : hydrateOnMediaQuery(query)(hydrate, forEachElement);
}

function next(hydrate) {
  let wanted = true;
  last = last.then(
    () =>
      new Promise((resolve) => {
        whenIdle(
          () => {
            if (wanted) hydrate();
            setTimeout(resolve); // after the task in which Vue does it
          },
          { timeout: 1000 },
        );
      }),
  );
  return () => {
    wanted = false;
  };
}

import { hydrateOnMediaQuery } from 'vue';

const WIDE = '(min-width: 960px)'; // where the theme shows its sidebar beside the page

const whenIdle = globalThis.requestIdleCallback ?? ((callback) => setTimeout(callback, 1)); // Safari

let last = Promise.resolve();

/** Vue's strategy that hydrates asynchronous components one after another, each in an idle task of its own. */
export function hydrateOneByOne(hydrate) {
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

/** The same, on narrow screens not before the screen is wide; Vue renders it when its properties change. */
export function hydrateOneByOneIfWide(hydrate, forEachElement) {
  const strategy = matchMedia(WIDE).matches ? hydrateOneByOne : hydrateOnMediaQuery(WIDE);
  return strategy(hydrate, forEachElement);
}

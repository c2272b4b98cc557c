import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Components of the theme by the file that imports them; a number is the width of a screen below which they are not shown. */
const PARTS = {
  'Layout.vue': {
    './components/VPNav.vue': 0,
    './components/VPLocalNav.vue': 0,
    './components/VPSidebar.vue': 960,
    './components/VPContent.vue': 0,
  },
  'VPDoc.vue': { './VPDocAside.vue': 1280 },
};
const PREFIX = '\0one-by-one:';
const STRATEGY = JSON.stringify(fileURLToPath(new URL('theme/one-by-one.mjs', import.meta.url)));

/**
 * Vite's plugin that has parts of the theme hydrated one by one instead of all in one task, which would block a phone for half a
 * second, and those that it does not show not at all. What they show is in the page's HTML from the beginning.
 */
export function hydration() {
  return {
    name: 'hydration',
    enforce: 'pre',
    resolveId(source, importer) {
      const [, name] = /\/theme-default\/(?:components\/)?(\w+\.vue)/.exec(importer ?? '') ?? [];
      const width = PARTS[name]?.[source];
      if (width !== undefined) return `${PREFIX}${width}:${join(dirname(importer), source)}`;
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return;
      const [width, file] = id.slice(PREFIX.length).split(':');
      return `
        import { defineAsyncComponent } from 'vue';
        import { oneByOne } from ${STRATEGY};
        export default defineAsyncComponent({
          loader: () => import(${JSON.stringify(file)}),
          hydrate: oneByOne(${width}),
        });`;
    },
  };
}

import { dirname, join } from 'node:path';

const PART = /^\.\/components\/(VPNav|VPLocalNav|VPSidebar|VPContent)\.vue$/;
const PREFIX = '\0one-by-one:';

/**
 * Vite's plugin that has the parts of the theme's layout hydrated one by one instead of all in one task, which would block a
 * phone for half a second. What they show is in the page's HTML from the beginning.
 */
export function hydration() {
  return {
    name: 'hydration',
    enforce: 'pre',
    resolveId(source, importer) {
      if (importer?.includes('/theme-default/Layout.vue') && PART.test(source))
        return PREFIX + join(dirname(importer), source);
    },
    load(id) {
      if (!id.startsWith(PREFIX)) return;
      const component = JSON.stringify(id.slice(PREFIX.length));
      const strategies = JSON.stringify(join(import.meta.dirname, 'theme/one-by-one.mjs'));
      const strategy = component.includes('VPSidebar') ? 'hydrateOneByOneIfWide' : 'hydrateOneByOne';
      return `
        import { defineAsyncComponent } from 'vue';
        import { ${strategy} } from ${strategies};
        export default defineAsyncComponent({ loader: () => import(${component}), hydrate: ${strategy} });`;
    },
  };
}

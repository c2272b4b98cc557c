import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/longest-first.mjs';
import { SHARED, SHARED_GPU } from './scripts/shared-processes.mjs';
import { chromium } from './tools/chromium.mjs';
import { aliases, decodeModule, wgsl } from './tools/workspace.mjs';

// No test fails by time on a slow or busy machine: the longest takes less than a minute on two quiet cores.
const LIMIT_MS = 900_000;

// `expect.poll` gives up after a second otherwise, which a page on a busy machine may need to answer once.
const POLL = { timeout: 60_000 };

// On two cores a third file gains nothing: shaders compile and run on all cores.
const WORKERS = Math.min(8, Math.max(2, availableParallelism()));

const LONG = 'packages/*/src/**/*.full.browser.test.ts';

// `npm test` runs in three steps what `vitest --project node` runs in one.
const processes = process.env['TEST_PROCESSES'] ?? '';
const sharedGpu = {
  find: '#gpu',
  replacement: fileURLToPath(new URL('packages/tensor-wgpu/src/testing/shared-gpu.ts', import.meta.url)),
};
const all = ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'apps/*/src/**/*.test.ts'];
const temporaryFolder = 'scripts/temporary-folder.mjs';
const setupFiles = ['scripts/typed-array-equality.mjs'];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [wgsl(), decodeModule()],
        resolve: { alias: processes === 'gpu' ? [sharedGpu, ...aliases('node')] : aliases('node') },
        test: {
          name: 'node',
          include: { shared: SHARED, gpu: SHARED_GPU }[processes] ?? all,
          exclude: [
            '**/*.browser.test.ts',
            '**/node_modules/**',
            ...(processes === 'own' ? [...SHARED, ...SHARED_GPU] : []),
            ...(processes === 'gpu' ? SHARED : []),
          ],
          setupFiles: [...setupFiles, 'scripts/software-shaders.mjs'],
          globalSetup: [temporaryFolder],
          pool: 'forks',
          isolate: !['shared', 'gpu'].includes(processes),
          maxWorkers: WORKERS,
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
          expect: { poll: POLL },
        },
      },
      inBrowser('browser', { include: 'packages/*/src/**/*.browser.test.ts', exclude: LONG }),
      inBrowser('browser-full', { include: LONG }), // `npm run test:full -- browser`
      {
        test: {
          name: 'packed', // `npm run test:pack`
          include: ['scripts/published/*.packed.ts'],
          globalSetup: [temporaryFolder],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
          expect: { poll: POLL },
        },
      },
    ],
  },
});

function inBrowser(name: string, { include, exclude }: { include: string; exclude?: string }) {
  return {
    plugins: [wgsl()],
    resolve: { alias: aliases('browser') },
    test: {
      name,
      include: [include],
      exclude: ['**/node_modules/**', ...(exclude ? [exclude] : [])],
      setupFiles,
      globalSetup: [temporaryFolder, 'packages/glip-core/src/testing/other-origin.ts'],
      testTimeout: LIMIT_MS,
      hookTimeout: LIMIT_MS,
      expect: { poll: POLL },
      browser: {
        enabled: true,
        headless: true,
        connectTimeout: LIMIT_MS,
        screenshotFailures: false,
        provider: playwright({ launchOptions: chromium }),
        instances: [{ browser: 'chromium' }],
      },
    },
  };
}

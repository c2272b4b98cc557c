import { availableParallelism } from 'node:os';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './scripts/longest-first.mjs';
import { SHARED } from './scripts/shared-processes.mjs';
import { chromium } from './tools/chromium.mjs';
import { aliases, wgsl } from './tools/workspace.mjs';

// No test fails by time on a slow or busy machine: the longest takes less than a minute on two quiet cores.
const LIMIT_MS = 900_000;

// `expect.poll` gives up after a second otherwise, which a page on a busy machine may need to answer once.
const POLL = { timeout: 60_000 };

// On two cores a third file gains nothing: shaders compile and run on all cores.
const WORKERS = Math.min(8, Math.max(2, availableParallelism()));

// `npm test` runs in two steps what `vitest --project node` runs in one.
const processes = process.env['TEST_PROCESSES'];
const all = ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'apps/*/src/**/*.test.ts'];
const temporaryFolder = 'scripts/temporary-folder.mjs';
const setupFiles = ['scripts/typed-array-equality.mjs'];

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        plugins: [wgsl()],
        resolve: { alias: aliases('node') },
        test: {
          name: 'node',
          include: processes === 'shared' ? SHARED : all,
          exclude: ['**/*.browser.test.ts', '**/node_modules/**', ...(processes === 'own' ? SHARED : [])],
          setupFiles: [...setupFiles, 'scripts/unoptimized-shaders.mjs'],
          globalSetup: [temporaryFolder],
          pool: 'forks',
          isolate: processes !== 'shared',
          maxWorkers: WORKERS,
          testTimeout: LIMIT_MS,
          hookTimeout: LIMIT_MS,
          expect: { poll: POLL },
        },
      },
      {
        plugins: [wgsl()],
        resolve: { alias: aliases('browser') },
        test: {
          name: 'browser',
          include: ['packages/*/src/**/*.browser.test.ts'],
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
      },
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

import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { aliases, wgsl } from './tools/workspace.mjs';

const chromium = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--enable-features=Vulkan,WebGPU',
  '--ignore-gpu-blocklist',
  ...(process.env['WEBGPU_ADAPTER'] === 'gpu' ? [] : ['--use-webgpu-adapter=swiftshader']),
];

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [wgsl()],
        resolve: { alias: aliases('node') },
        test: {
          name: 'node',
          include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: ['**/*.browser.test.ts', '**/node_modules/**'],
          pool: 'forks',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [wgsl()],
        resolve: { alias: aliases('browser') },
        test: {
          name: 'browser',
          include: ['packages/*/src/**/*.browser.test.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
                args: chromium,
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});

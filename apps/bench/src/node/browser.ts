import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { chromium } from '../../../../tools/chromium.mjs';
import { parseReport } from '../report/parse-report.ts';
import type { Report } from '../report/report.ts';
import type { RunEvent } from '../run/run-suites.ts';
import { type Settings, SettingsError, settingsQuery } from '../run/settings.ts';

/** Headless Chromium, on the GPU if WEBGPU_ADAPTER=gpu, else on its software adapter. */
export async function openBrowser(): Promise<Browser> {
  const playwright = await import('playwright');
  const patient = '--disable-gpu-watchdog'; // a software adapter is slow, not stuck
  const args = [...chromium.args, patient];
  return playwright.chromium.launch({ ...chromium, args, ignoreDefaultArgs: ['--disable-gpu'] });
}

/** Serves the built page. */
export async function servePage(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  if (!existsSync(`${root}dist/index.html`)) {
    throw new SettingsError('the page is not built: npx turbo run build --filter @glip-wgpu/bench');
  }
  const { preview } = await import('vite');
  const server = await preview({ root, logLevel: 'error', preview: { port: 0, host: '127.0.0.1' } });
  return { url: server.resolvedUrls?.local[0] as string, close: () => server.close() };
}

/** Runs the page's suites in a headless browser: the same code, driven as `?run=…&auto=1`. */
export async function runInBrowser(settings: Settings, emit: (event: RunEvent) => void): Promise<Report> {
  const server = await servePage();
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    await page.exposeFunction('onBenchEvent', emit);
    await page.goto(`${server.url}?${settingsQuery(settings)}&auto=1`);
    return await resultOf(page);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function resultOf(page: Page): Promise<Report> {
  await page.waitForFunction(() => '__result' in globalThis, undefined, { timeout: 0 });
  const text = (await page.evaluate('JSON.stringify(globalThis.__result)')) as string;
  const status = await page.locator('#status').textContent();
  if (!JSON.parse(text)?.environment) throw new Error(`the page could not run: ${status}`);
  return parseReport(text, 'the result of the page');
}

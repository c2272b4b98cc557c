import axe from 'axe-core';
import { type Browser, type Page, chromium as playwright } from 'playwright';
import { preview } from 'vite';
import { chromium } from '../../tools/chromium.mjs';

export const root = new URL('../../', import.meta.url).pathname;

interface VisitOptions {
  readonly gpu?: boolean;
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** The built playground, with the packages as Vite bundles them, in a real browser on its software adapter. */
export interface Visit {
  readonly browser: Browser;
  readonly url: string;
  /** Errors of the pages: uncaught ones, and those on their consoles. */
  readonly problems: string[];
  /** Opens a page; `gpu: false` takes WebGPU away from it. */
  open(hash?: string, options?: VisitOptions): Promise<Page>;
  close(): Promise<void>;
}

/** @param flags  further ones of the browser */
export async function visitPlayground(flags: readonly string[] = []): Promise<Visit> {
  const server = await preview({
    root: `${root}apps/playground`,
    logLevel: 'error',
    preview: { port: 0, host: '127.0.0.1' },
  });
  const browser = await playwright.launch({
    ...chromium,
    args: [
      ...chromium.args,
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      ...flags,
    ],
    ignoreDefaultArgs: ['--disable-gpu'],
  });
  const url = server.resolvedUrls?.local[0] as string;
  const problems: string[] = [];
  return {
    browser,
    url,
    problems,
    async open(hash = '', { gpu = true, width = 1280, colorScheme = 'light' } = {}) {
      const context = await browser.newContext({ viewport: { width, height: 860 }, colorScheme });
      const page = await context.newPage();
      page.setDefaultTimeout(gpu ? 600_000 : 30_000);
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      if (!gpu) {
        await page.addInitScript(() => {
          delete (Navigator.prototype as { gpu?: unknown }).gpu;
        });
      }
      await page.goto(url + hash);
      await page.locator('#prompt').waitFor();
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Faults of accessibility that axe finds in the page as it is. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source); // by the debugger, which the page's policy does not concern
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

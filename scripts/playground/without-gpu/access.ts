import { describe, expect, it } from 'vitest';
import { faultsOf } from '../open-page.ts';
import { type App, hasPicture, NO_GPU, visit } from './session.ts';

/** Accessibility in all layouts, and visits without a network. */
export function access(): void {
  describe('axe finds no fault', () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      it.each([1280, 320])(`in ${colorScheme} colors, %d pixels wide`, async (width) => {
        const page = await visit.open('#mode=spans&spans=2-13', { ...NO_GPU, width, colorScheme });
        await hasPicture(page);
        const check = async (): Promise<void> => {
          expect(await faultsOf(page)).toEqual([]);
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          ).toBeLessThanOrEqual(0);
        };
        await check();
        for (const [button, shown] of [
          ['#models', 'A file of your own'],
          ['#address', 'Address of the picture'],
        ]) {
          await page.locator(button).click();
          await page.getByText(shown).first().waitFor();
          await check();
          await page.keyboard.press('Escape');
          await expect.poll(() => page.locator('dialog').count()).toBe(0);
        }
        await page.context().close();
      });
    }
  });

  it('after the first visit the page works without a network', async () => {
    const page = await visit.open('', NO_GPU);
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await page.context().setOffline(true);
    await page.goto('about:blank');
    await page.goto(`${visit.url}#picture=pandas`);
    await page.locator('#prompt').waitFor();
    await page.waitForFunction(
      () =>
        (globalThis as unknown as { playground: App }).playground.state.pictures[0]?.name === 'pandas.jpg',
    );
    const weights = await page.evaluate(async () => {
      const [cache] = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
      const found = (await cache.keys()).find(({ url }) => url.endsWith('.safetensors'));
      return found && (await (await fetch(found.url)).arrayBuffer()).byteLength;
    });
    expect(weights).toBeGreaterThan(5e6);
    await page.context().close();
  });
}

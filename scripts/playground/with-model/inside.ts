import { describe, expect, it } from 'vitest';
import { drawn, page, settled } from './session.ts';

/** The inside of the model, which a further run in parts shows. */
export function inside(): void {
  describe('the inside of the model', () => {
    it('is computed on demand: times of all stages, and what the first phrase attends to', async () => {
      await page.locator('h1').hover();
      const plain = await drawn();
      const detections = await page.locator('#results').textContent();
      await page.locator('#inspect').click();
      await page.locator('[name=look]').first().waitFor({ state: 'attached' });
      await settled();
      expect(await page.locator('#times dt').allTextContents()).toEqual([
        'Decoding and resizing',
        'Image encoder',
        'Text encoder',
        'Fusion',
        'Head',
        'Choice of boxes',
      ]);
      expect(await page.locator('#results').textContent()).toBe(detections);
      expect(await page.locator('[value=attention]').isChecked()).toBe(true);
      expect(await page.locator('[data-phrase][aria-pressed=true]').textContent()).toBe('owl');
      await expect.poll(drawn).not.toBe(plain);
    });

    it('is the attention of a phrase or a word, in a stage, a level and a direction', async () => {
      const seen = new Set([await drawn()]);
      const changes = async (): Promise<void> => {
        await expect.poll(async () => seen.has(await drawn())).toBe(false);
        seen.add(await drawn());
      };
      await page.locator('[data-phrase="purple umbrella"]').click();
      await changes();
      await page.locator('[data-piece=umbrella]').click();
      await changes();
      await page.locator('#look-stage').selectOption('0');
      await changes();
      await page.locator('#look-level').selectOption('1');
      await changes();
      await page.locator('#direction').selectOption('imageToText');
      await changes();
    });

    it('is the sampling points of a location that is clicked, or reached by keys', async () => {
      await page.locator('.segment', { hasText: 'Sampling points' }).click();
      const legend = () => page.locator('.legend li').allTextContents();
      expect(await legend()).toEqual(['the finer level', 'its own level', 'the coarser level']);
      await page.locator('#look-level').selectOption('0');
      expect(await legend()).toEqual(['its own level', 'the coarser level']);
      await page.locator('h1').hover();
      const middle = await drawn();
      await page.locator('#stage').click({ position: { x: 200, y: 200 } });
      await page.locator('h1').hover();
      await expect.poll(drawn).not.toBe(middle);
      const clicked = await drawn();
      await page.locator('#move-place').press('ArrowRight');
      await expect.poll(drawn).not.toBe(clicked);
      await page.locator('.segment', { hasText: 'off' }).click();
    });
  });
}

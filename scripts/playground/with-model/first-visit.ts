import { describe, expect, it } from 'vitest';
import { mainThreadTasks, PROMPT, page, rows, settled } from './session.ts';

/** The page as it opens: what it shows before the model has run, and its first search. */
export function firstVisit(): void {
  describe('the first visit', () => {
    it('shows picture and controls before the model has run, and says what happens', async () => {
      await page.waitForFunction(() => playground.state.pictures.length > 0);
      expect(await page.evaluate(() => playground.state.outcomes.size)).toBe(0);
      const painted = await page.evaluate(() => {
        const canvas = document.getElementById('stage') as HTMLCanvasElement;
        const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
        return new Set(pen.getImageData(0, canvas.height >> 1, canvas.width, 1).data).size;
      });
      expect(painted).toBeGreaterThan(20);
      await page.waitForFunction(() =>
        /^Compiling \d+ of \d+ kernels$/.test(document.getElementById('status')?.textContent ?? ''),
      );
      expect(await page.locator('#chips .chip-name').allTextContents()).toEqual(PROMPT);
      await page.evaluate(() => {
        const watch = new MutationObserver(() => {
          if (!document.querySelector('#results tr')) return;
          globalThis.panelsWithTable = document.querySelectorAll('.right > section').length;
          watch.disconnect();
        });
        watch.observe(document.body, { childList: true, subtree: true });
      });
    });

    it('finds things in its picture, with chips, rows and labels of one color', async () => {
      await settled();
      const labels = await rows();
      expect(labels.length).toBeGreaterThan(0);
      for (const label of labels) expect(PROMPT).toContain(label);
      const colors = (place: string) =>
        page
          .locator(place)
          .evaluateAll((all) => all.map((one) => getComputedStyle(one).getPropertyValue('--color')));
      expect(await colors('#chips .chip')).toEqual(await colors('#labels .label-row'));
      expect(await page.locator('#count').textContent()).toBe(`${labels.length} boxes`);
      expect(await page.locator('#status').textContent()).toMatch(/^\d+ boxes · [\d.]+ m?s$/);
    });

    it('shows boxes and their table before the panels below them', async () => {
      await page.locator('#copy-code').waitFor();
      const panels = await page.evaluate(() => document.querySelectorAll('.right > section').length);
      expect(await page.evaluate(() => panelsWithTable)).toBeLessThan(panels);
    });

    it('keeps its thread free: no task of loading and detecting takes 50 ms of it', async () => {
      const tasks = await mainThreadTasks();
      expect(tasks.length).toBeGreaterThan(100);
      expect(Math.max(...tasks)).toBeLessThan(50);
    });
  });
}

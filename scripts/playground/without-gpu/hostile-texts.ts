import { describe, expect, it } from 'vitest';
import { type App, hasPicture, NO_GPU, state, visit } from './session.ts';

const HOSTILE = [
  '<img src=x onerror="globalThis.hit=1">',
  '"><script>globalThis.hit=1</script>',
  "'; globalThis.hit=1; //",
  '{{constructor.constructor("globalThis.hit=1")()}}',
  '__proto__',
  'constructor',
  'javascript:globalThis.hit=1',
  '\u202eevil',
  '\0',
  '\ud800',
  'a'.repeat(5000),
  '[UNK] [SEP] [CLS]',
  '%00%0a',
  '= = =',
  '. . .',
  '"""',
  '\u0301\u0301',
  '🏳️‍🌈',
  'min.x=1&mode=spans',
  '</textarea><b>',
];

/** Texts that would run, or break the page, if they were trusted. */
export function hostileTexts(): void {
  describe('hostile texts leave no trace', () => {
    it('in the prompt and the address', async () => {
      const page = await visit.open('', NO_GPU);
      await hasPicture(page);
      for (const text of HOSTILE) {
        for (const [key, mode] of [
          ['find', 'categories'],
          ['caption', 'caption'],
          ['min.x', 'spans'],
          ['heat', 'categories'],
          ['model', 'categories'],
          ['picture', 'categories'],
        ]) {
          const hash = new URLSearchParams({ [key]: text, mode }).toString();
          await page.evaluate((next) => {
            location.hash = next;
          }, hash);
        }
        expect(await page.locator('#prompt').isVisible()).toBe(true);
      }
      expect(
        await page.evaluate(() => [
          (globalThis as { hit?: number }).hit,
          document.querySelectorAll('main b, main img[src=x]').length,
        ]),
      ).toEqual([undefined, 0]);
      expect(await page.evaluate(() => Object.keys(Object.prototype))).toEqual([]);
      await page.context().close();
    });

    it('in the names of files, and in lists', async () => {
      const page = await visit.open('', NO_GPU);
      await hasPicture(page);
      const picture = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(40, 30);
        canvas.getContext('2d')?.fillRect(0, 0, 9, 9);
        return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
      });
      for (const text of HOSTILE) {
        await page.evaluate(
          async ({ name, picture }) => {
            const { playground } = globalThis as unknown as { playground: App };
            await playground.pictures.openFiles([
              new File([Uint8Array.from(picture)], name, { type: 'image/png' }),
            ]);
            await playground.pictures.openFiles([
              new File([JSON.stringify({ categories: [{ name }] })], `${name}.json`),
            ]);
            await playground.pictures.openFiles([
              new File([`names: [${name}]`], 'x.yaml'),
              new File([name], 'y.txt'),
            ]);
          },
          { name: text, picture },
        );
      }
      const { pictures } = await state(page);
      expect(pictures).toHaveLength(1 + HOSTILE.length);
      expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
      await page.context().close();
    });
  });
}

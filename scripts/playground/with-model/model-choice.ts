import { describe, expect, it } from 'vitest';
import { page } from './session.ts';

/** Published models before they are downloaded, and in the browser's storage. No server is asked. */
export function modelChoice(): void {
  const details = () => page.locator('.model-details');
  const precision = (dtype: string) => details().locator(`[value=${dtype}]`);
  const fact = (index: number) => details().locator('dd').nth(index).textContent();

  describe('a published model', () => {
    it('is offered in three precisions, each with its memory; the download is one for all', async () => {
      await page.locator('#models').click();
      await page.locator('[data-model=glip-t]').click();
      await expect.poll(() => fact(1)).toBe('464 MB');
      expect(await precision('f16').isChecked()).toBe(true);
      for (const [dtype, size] of [
        ['f32', '927 MB'],
        ['q8', '247 MB'],
      ]) {
        await precision(dtype).check();
        await expect.poll(() => fact(1)).toBe(size);
        expect(await fact(0)).toBe('about 927 MB Ask the server');
      }
      await page.locator('[data-model=glip-t]').click();
    });

    it('that is stored in 8 bits is taken in 8 bits, and can be removed', async () => {
      await page.evaluate(async () => {
        const storage = await navigator.storage.getDirectory();
        const root = await storage.getDirectoryHandle('glip-wgpu', { create: true });
        const folder = await root.getDirectoryHandle('glip-t-model-q8.safetensors', { create: true });
        for (const [name, text] of [
          ['000000.piece', 'x'.repeat(5000)],
          ['done.json', JSON.stringify({ size: 5000, sha256: '0'.repeat(64) })],
        ]) {
          const file = await folder.getFileHandle(name, { create: true });
          const stream = await file.createWritable();
          await stream.write(text);
          await stream.close();
        }
      });
      await page.locator('[data-model=glip-t]').click();
      await expect.poll(() => fact(0)).toBe('none, 5 kB are stored in this browser');
      expect(await precision('q8').isChecked()).toBe(true);
      await details().getByText('Remove from this browser').click();
      await expect.poll(() => fact(0)).toBe('about 927 MB Ask the server');
      expect(await precision('f16').isChecked()).toBe(true);
      const left = await page.evaluate(async () => {
        const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('glip-wgpu');
        const names: string[] = [];
        for await (const name of (root as unknown as { keys(): AsyncIterable<string> }).keys())
          names.push(name);
        return names;
      });
      expect(left.filter((name) => name.startsWith('glip-t-'))).toEqual([]);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('dialog').count()).toBe(0);
    });
  });
}

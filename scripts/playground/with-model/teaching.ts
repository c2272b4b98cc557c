import { readAdapter } from '@glip-wgpu/glip-core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readImageFile } from '../../../packages/glip-cli/src/image-file.ts';
import { compareDetections } from '../../parity/detections.ts';
import { faultsOf, root } from '../open-page.ts';
import {
  type Found,
  glip,
  lists,
  mainThreadTasks,
  page,
  saved,
  savedBy,
  settled,
  startTrace,
} from './session.ts';

const PICTURE = `${root}fixtures/emoji-world/val/000008.jpg`;

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Boxes corrected by hand, and adapters trained on them. */
export function teaching(): void {
  describe('boxes', () => {
    it('are corrected: drawn, renamed, moved and deleted', async () => {
      await page.locator('#threshold').fill('0.99');
      await page.locator('#edit').click();
      await page.locator('#new-label').fill('lollipop');
      const { x, y, width, height } = (await page.locator('#stage').boundingBox()) as Rectangle;
      const scale = Math.min(width, height) / 160;
      const at = (px: number, py: number) =>
        [x + (width - 160 * scale) / 2 + px * scale, y + (height - 160 * scale) / 2 + py * scale] as const;
      const drag = async (from: readonly [number, number], to: readonly [number, number]) => {
        await page.mouse.move(...at(...from));
        await page.mouse.down();
        await page.mouse.move(...at(...to), { steps: 3 });
        await page.mouse.up();
      };
      await drag([10, 70], [80, 142]);
      await drag([90, 60], [120, 105]);
      const names = page.locator('#editor input');
      expect(await names.count()).toBe(2);
      await names.nth(1).fill('owl');
      await names.nth(1).press('Enter');
      await drag([100, 80], [102, 81]);
      await page.locator('#editor button').nth(2).press('ArrowLeft');
      await page.locator('#editor button').nth(2).press('Delete');
      expect(await names.count()).toBe(1);
      await page.locator('#edit').click();
      const [row] = await page.locator('#results tr').allTextContents();
      expect(row).toMatch(/^lollipop1\.000/);
      await page.locator('#threshold').fill('0.4');
    });

    it('and all other panels have no fault that axe finds, in light and dark colors', async () => {
      await page.locator('[data-heat=owl]').click();
      await page.locator('#edit').click();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(400); // colors change gradually
        expect(await faultsOf(page)).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: 'light' });
      await page.locator('#edit').click();
      await page.locator('[data-heat=owl]').click();
    });

    it('teach the model, and what it has learned is a file that the command line takes', async () => {
      await page.locator('#steps').fill('6');
      await page.locator('#teach').click();
      await page.locator('#save-adapter').waitFor({ timeout: 600_000 });
      await settled();
      expect(await page.locator('#loss').textContent()).toMatch(/^Step 6 of 6: loss [\d.]+ → [\d.]+$/);
      const { bytes } = await savedBy('#save-adapter');
      const picture = await sharp(PICTURE).png().toBuffer();
      await page.locator('#file').setInputFiles({ name: 'owl.png', mimeType: 'image/png', buffer: picture });
      await page.waitForFunction(() => playground.state.pictures.some(({ name }) => name === 'owl.png'));
      await settled();
      await page.locator('#threshold').fill('0');
      await expectAdapted(bytes, 'linear');
    });

    it('teach it by prompt tuning, too, while no task takes 50 ms of the page’s thread', async () => {
      await page.locator('.segment', { hasText: 'Prompt tuning' }).click();
      await page.locator('#steps').fill('5');
      await startTrace();
      await page.locator('#teach').click();
      await page
        .locator('#loss[aria-busy=false]', { hasText: /^Step 5 of 5: loss [\d.]+ → [\d.]+$/ })
        .waitFor({ timeout: 600_000 });
      const tasks = await mainThreadTasks();
      await settled();
      const { name, bytes } = await savedBy('#save-adapter');
      expect(name).toBe('prompt.adapter.safetensors');
      await expectAdapted(bytes, 'prompt');
      expect(tasks.length).toBeGreaterThan(100);
      expect(Math.max(...tasks)).toBeLessThan(50);
    });

    it('and search for another name without it, which they are offered', async () => {
      await page.locator('#prompt').fill('fox');
      await page.locator('#find').click();
      const offer = page.locator('#unlearn');
      await offer.waitFor();
      expect(await page.locator('#notice').textContent()).toContain('owl, fox, lollipop, purple umbrella.');
      await offer.click();
      await settled();
      expect(await page.locator('#adapted').isChecked()).toBe(false);
      expect(await page.locator('#notice').count()).toBe(0);
      expect(await page.locator('#prompt').inputValue()).toBe('fox');
      const { detections } = JSON.parse((await saved('json')).bytes.toString());
      expect(new Set(detections.map(({ label }: Found) => label))).toEqual(new Set(['fox']));
    });
  });
}

/** Expects the boxes that the page shows to be those of the model with an adapter in this process. */
async function expectAdapted(file: Uint8Array, mode: string): Promise<void> {
  const adapter = await readAdapter(file);
  expect(adapter.base.fingerprint).toBe(await glip.fingerprint());
  expect(adapter.mode).toBe(mode);
  const { detections } = JSON.parse((await saved('json')).bytes.toString());
  const expected = await glip.detect(await readImageFile(PICTURE), adapter.prompt, { adapter, threshold: 0 });
  const labels = ['owl', 'fox', 'lollipop', 'purple umbrella'];
  const row = compareDetections(
    'adapter',
    lists(detections, labels),
    lists(expected as unknown as Found[], labels),
  );
  expect(row).toMatchObject({ verdict: 'ok' });
}

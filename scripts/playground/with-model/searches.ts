import type { RawImage } from '@glip-wgpu/glip-core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readImageFile } from '../../../packages/glip-cli/src/image-file.ts';
import { compareDetections } from '../../parity/detections.ts';
import { drawn, type Found, glip, lists, PROMPT, page, rows, SCENE, saved, settled } from './session.ts';

/** Searches: pictures, prompts, heat maps. */
export function searches(): void {
  describe('a picture', () => {
    it('of the user’s own has the boxes of the command line', async () => {
      const png = await sharp(SCENE).png().toBuffer();
      await page.locator('#file').setInputFiles({ name: 'scene.png', mimeType: 'image/png', buffer: png });
      await page.waitForFunction(() => playground.state.pictures.some(({ name }) => name === 'scene.png'));
      await settled();
      await page.locator('#threshold').fill('0');
      const { detections } = JSON.parse((await saved('json')).bytes.toString());
      await page.locator('#threshold').fill('0.4');
      const image: RawImage = await readImageFile(SCENE);
      const expected = await glip.detect(image, { categories: PROMPT }, { threshold: 0 });
      expect(
        compareDetections('page', lists(detections), lists(expected as unknown as Found[])),
      ).toMatchObject({
        verdict: 'ok',
      });
      expect(await page.locator('#toy').count()).toBe(0); // a scene of the size that the model knows
    });

    it('chosen during a run takes its place: never boxes of another picture', async () => {
      await page.locator('#prompt').fill('taxi. dog');
      await page.locator('#find').click();
      await page.locator('[data-sample=owl]').click();
      await page.waitForFunction(() => playground.state.pictures.some(({ source }) => source === 'owl'));
      expect(await rows()).toEqual([]);
      await settled();
      const asked = ['owl', 'fox', 'lollipop', 'purple umbrella'];
      for (const label of await rows()) expect(asked).toContain(label);
      expect(await page.locator('#prompt').inputValue()).toBe(asked.join('. '));
    });
  });

  describe('the prompt', () => {
    it('is a sentence, or words that are clicked', async () => {
      await page.locator('input[value=caption]').check();
      await page.locator('#prompt').fill('an orange owl, a fox and a lollipop');
      await page.locator('#find').click();
      await settled();
      const phrases = await page.locator('#chips .chip-name').allTextContents();
      expect(phrases).toEqual(['orange owl', 'fox', 'lollipop']);
      for (const label of await rows()) expect(phrases).toContain(label);
      await page.locator('input[value=spans]').check();
      expect(await page.locator('#find').isDisabled()).toBe(true);
      await page.locator('.word', { hasText: 'fox' }).click();
      await page.locator('.word', { hasText: 'lollipop' }).click();
      await page.locator('#find').click();
      await settled();
      expect(await page.locator('#labels .label-name').allTextContents()).toEqual(['fox', 'lollipop']);
      await page.locator('input[value=categories]').check();
    });

    it('has synonyms, which are one label', async () => {
      await page.locator('#prompt').fill('animal = owl, fox. lollipop');
      await page.locator('#find').click();
      await settled();
      expect(await page.locator('#labels .label-name').allTextContents()).toEqual(['animal', 'lollipop']);
      await page.locator('#prompt').fill('owl. fox. lollipop. purple umbrella');
      await page.locator('#find').click();
      await settled();
    });
  });

  describe('a label', () => {
    it('has a heat map over the picture, of all levels or of one', async () => {
      await page.locator('h1').hover();
      const plain = await drawn();
      await page.locator('[data-heat=owl]').click();
      await expect.poll(drawn).not.toBe(plain);
      const all = await drawn();
      await page.locator('#level').selectOption('0');
      await expect.poll(drawn).not.toBe(all);
      await page.locator('[data-heat=owl]').click();
      await expect.poll(drawn).toBe(plain);
      expect(await page.locator('#times dt').allTextContents()).toContain('Network');
    });
  });
}

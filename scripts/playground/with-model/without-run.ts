import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawn, PROMPT, page, rows, saved } from './session.ts';

/** All that changes what is shown of the kept results. */
export function withoutRun(): void {
  describe('without a run of the model', () => {
    beforeAll(() =>
      page.evaluate(() => {
        globalThis.calls = 0;
        const { client } = playground;
        const call = client.call.bind(client);
        client.call = (...args) => {
          globalThis.calls += 1;
          return call(...args);
        };
      }),
    );

    it('a threshold changes boxes, rows and reasons within 50 ms', async () => {
      const before = await rows();
      const times = await page.evaluate(async () => {
        const slider = document.getElementById('threshold') as HTMLInputElement;
        const least: number[] = [];
        for (let i = 0; i < 15; i++) {
          const value = [0.05, 0.3, 0.99][i % 3];
          const start = performance.now();
          slider.value = String(value);
          slider.dispatchEvent(new Event('input', { bubbles: true }));
          const wanted = value.toFixed(2);
          while (document.getElementById('threshold-value')?.textContent !== wanted) await Promise.resolve();
          least[i % 3] = Math.min(least[i % 3] ?? Number.POSITIVE_INFINITY, performance.now() - start);
          await new Promise(requestAnimationFrame);
        }
        return least; // of several, since the machine may be busy
      });
      expect(Math.max(...times)).toBeLessThan(50);
      expect(await rows()).toEqual([]);
      expect(await page.locator('#labels .label-missing').allTextContents()).toHaveLength(PROMPT.length);
      await page.locator('#threshold').fill('0.4');
      expect(await rows()).toEqual(before);
    });

    it('a label has a threshold of its own, and takes the common one again', async () => {
      const dog = page.locator('[data-label=dog]');
      await dog.locator('input').fill('0.95');
      expect(await rows()).not.toContain('dog');
      expect(await dog.locator('.label-count').textContent()).toBe('0');
      await dog.locator('button').click();
      expect(await rows()).toContain('dog');
    });

    it('the number of boxes is limited, and labels of one object are one', async () => {
      await page.locator('#threshold').fill('0.05');
      const all = (await rows()).length;
      await page.locator('#overlap').check();
      expect((await rows()).length).toBeLessThan(all);
      await page.locator('#limit').fill('3');
      expect(await rows()).toHaveLength(3);
      await page.locator('#limit').fill('');
      await page.locator('#overlap').uncheck();
      await page.locator('#threshold').fill('0.4');
    });

    it('pointing at a row marks its box and its chip', async () => {
      await page.locator('h1').hover();
      const plain = await drawn();
      await page.locator('#results tr').first().hover();
      await expect.poll(drawn).not.toBe(plain);
      const [label] = await rows();
      expect(await page.locator('.chip.focused .chip-name').textContent()).toBe(label);
      await page.locator('h1').hover();
      await expect.poll(drawn).toBe(plain);
    });

    it('pointing at a box in the picture marks its row', async () => {
      const place = await page.evaluate(() => {
        const { left, top, width, height } = (
          document.getElementById('stage') as HTMLElement
        ).getBoundingClientRect();
        const scale = Math.min(width, height) / 160; // the picture has 160 x 160 pixels
        const [x, y, w, h] = [2, 3, 4, 5].map((at) =>
          Number(document.querySelector(`#results tr:first-child td:nth-child(${at + 1})`)?.textContent),
        );
        return [
          left + (width - 160 * scale) / 2 + (x + w / 2) * scale,
          top + (height - 160 * scale) / 2 + (y + h / 2) * scale,
        ];
      });
      await page.mouse.move(place[0], place[1]);
      await page.locator('#results tr:first-child.focused').waitFor();
      await page.locator('h1').hover();
    });

    it('a changed prompt marks the results as those of the earlier one', async () => {
      await page.locator('#prompt').fill('dog. cat');
      expect(await page.locator('#stale').isVisible()).toBe(true);
      expect(await page.locator('#find').textContent()).toBe('Find again');
      await page.locator('#prompt').fill(PROMPT.join(', '));
      expect(await page.locator('#stale').isVisible()).toBe(false);
    });

    it('boxes are saved as JSON, COCO, YOLO, Pascal VOC, CSV, Label Studio, PNG and SVG', async () => {
      for (const [kind, name, holds] of [
        ['json', 'detections.json', '"label": "blue house"'],
        ['coco', 'annotations.json', '"category_id": 1'],
        ['csv', 'labels.csv', 'blue house'],
        ['yolo', 'yolo.zip', 'labels/street.txt'],
        ['voc', 'pascal-voc.zip', 'Annotations/street.xml'],
        ['label-studio', 'label-studio.zip', 'tasks.json'],
        ['svg', 'street-boxes.svg', 'data:image/jpeg;base64,'],
        ['png', 'street-boxes.png', 'PNG'],
      ]) {
        const file = await saved(kind);
        expect(file.name).toBe(name);
        expect(file.bytes.toString('latin1')).toContain(holds);
      }
      const { width, height } = await sharp((await saved('png')).bytes).metadata();
      expect([width, height]).toEqual([800, 800]);
    });

    it('none of this has asked the worker for anything', async () => {
      expect(await page.evaluate(() => calls)).toBe(0);
    });
  });
}

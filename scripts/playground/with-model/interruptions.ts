import { describe, expect, it } from 'vitest';
import { page, settled } from './session.ts';

/** The loss of the GPU during a search. */
export function lostGpu(): void {
  it('a lost GPU is replaced by itself, and the search goes on with everything as it was', async () => {
    const adapted = page.locator('#adapted'); // after prompt tuning, which takes its own labels only
    if ((await adapted.count()) > 0) {
      await adapted.uncheck();
      await settled();
    }
    const [worker] = page.workers();
    await worker.evaluate(() => {
      const { createBindGroup } = GPUDevice.prototype;
      GPUDevice.prototype.createBindGroup = function (...args) {
        GPUDevice.prototype.createBindGroup = createBindGroup;
        this.destroy();
        return createBindGroup.apply(this, args);
      };
    });
    await page.locator('#prompt').fill('owl');
    const said = page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const seen = new MutationObserver(() => {
            if (!document.getElementById('status')?.textContent?.includes('The GPU was lost')) return;
            seen.disconnect();
            resolve();
          });
          seen.observe(document.body, { subtree: true, childList: true, characterData: true });
        }),
    ); // a small model is back before a locator looks again
    await page.locator('#find').click();
    await said;
    await settled();
    expect(await page.locator('#prompt').inputValue()).toBe('owl');
    expect(await page.locator('#stale').count()).toBe(0);
  });
}

/** Searches of the frames of a video, until they are stopped. */
export function live(): void {
  describe('live', () => {
    const frames = () =>
      page.waitForFunction(
        () => playground.state.live && playground.state.outcomes.has(playground.state.current),
        null,
        { timeout: 600_000 },
      );

    it('a video file is searched frame by frame until it is stopped', async () => {
      await page.evaluate(async () => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [160, 160];
        const pen = canvas.getContext('2d') as CanvasRenderingContext2D;
        const recorder = new MediaRecorder(canvas.captureStream(10));
        const parts: Blob[] = [];
        recorder.ondataavailable = ({ data }) => parts.push(data);
        const stopped = new Promise((resolve) => {
          recorder.onstop = resolve;
        });
        recorder.start();
        for (let i = 0; i < 12; i++) {
          pen.fillStyle = `hsl(${30 * i} 80% 60%)`;
          pen.fillRect(0, 0, 160, 160);
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
        recorder.stop();
        await stopped;
        void playground.pictures.openFiles([new File(parts, 'film.webm', { type: 'video/webm' })]);
      });
      await frames();
      expect(await page.evaluate(() => playground.state.live)).toBe('video');
      expect(await page.locator('#status').textContent()).toMatch(/^Video · \d+ box/);
      await page.locator('#stop').click();
      await page.locator('#find').waitFor();
      expect(await page.evaluate(() => playground.state.live)).toBeUndefined();
    });

    it('so is the camera, which also takes pictures', async () => {
      await page.locator('#camera').click();
      await page.locator('#take:enabled').waitFor();
      await page.locator('#live').click();
      await frames();
      expect(await page.evaluate(() => playground.state.live)).toBe('camera');
      await page.locator('#stop').click();
      await page.locator('#find').waitFor();
      await page.locator('#camera').click();
      await page.locator('#take:enabled').click();
      await page.waitForFunction(() => playground.state.pictures.some(({ name }) => name === 'camera.png'));
      await settled();
      expect(await page.locator('#toy').isVisible()).toBe(true); // no drawing of the size that the model knows
    });
  });
}

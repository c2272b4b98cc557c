import { describe, expect, it } from 'vitest';
import { hasPicture, NO_GPU, state, visit } from './session.ts';

/** The page without WebGPU, its policy, and its address. */
export function address(): void {
  describe('a browser without WebGPU', () => {
    it('is told what to enable; searching is off, pictures can be looked at', async () => {
      const page = await visit.open('', NO_GPU);
      await page.getByText('This browser has no WebGPU.').waitFor();
      expect(await page.locator('#no-gpu li').allTextContents()).toEqual([
        expect.stringContaining('chrome://flags'),
        expect.stringContaining('Vulkan driver'),
        expect.stringContaining('Chrome and Edge from 113'),
      ]);
      expect(await page.locator('#find').isDisabled()).toBe(true);
      expect(await page.locator('#prompt').isDisabled()).toBe(true);
      await page.locator('[data-sample=taxis]').click();
      await page.locator('[data-sample=taxis][aria-pressed=true]').waitFor();
      expect(await page.locator('#prompt').inputValue()).toBe('taxi. snake');
      await page.context().close();
    });
  });

  it('the policy of the page forbids markup as code, scripts of other places and other hosts', async () => {
    const page = await visit.browser.newPage(); // its console speaks of what is refused
    await page.goto(visit.url);
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    for (const part of ["script-src 'self'", "connect-src 'self' data: blob:", 'trusted-types playground'])
      expect(policy?.split('; ')).toContain(part);
    const refused = await page.evaluate(async () => {
      const names: string[] = [];
      try {
        document.createElement('p').innerHTML = '<b>x</b>';
      } catch {
        names.push('html');
      }
      try {
        new Worker('data:text/javascript,1');
      } catch {
        names.push('worker');
      }
      await fetch('https://other.example/').catch(() => names.push('fetch'));
      return names;
    });
    expect(refused).toEqual(['html', 'worker', 'fetch']);
    await page.close();
  });

  describe('the address', () => {
    const HASH =
      '#picture=taxis&mode=spans&caption=three+taxis+and+a+snake&spans=0-11+18-23&min=0.25&min.snake=0.5&overlap=all&limit=7&labels=off';

    it('restores prompt, picture and settings, and follows changes', async () => {
      const page = await visit.open(HASH, NO_GPU);
      await hasPicture(page);
      const { settings, pictures } = await state(page);
      expect(settings).toMatchObject({
        mode: 'spans',
        caption: 'three taxis and a snake',
        spans: [
          [0, 11],
          [18, 23],
        ],
        threshold: 0.25,
        thresholds: { snake: 0.5 },
        overlap: 'all',
        limit: 7,
        tags: false,
      });
      expect(pictures.map(({ name }) => name)).toEqual(['taxis.jpg']);
      expect(await page.locator('#prompt').inputValue()).toBe('three taxis and a snake');
      await page.locator('[data-sample=owl]').click();
      await page.waitForFunction(() => location.hash.includes('picture=owl'));
      await page.evaluate(() => {
        location.hash = '#picture=pandas&find=panda';
      });
      await page.waitForFunction(
        () => document.querySelector<HTMLTextAreaElement>('#prompt')?.value === 'panda',
      );
      await page.context().close();
    });

    it('that names a picture of another site fetches nothing before a click', async () => {
      const context = await visit.browser.newContext();
      const page = await context.newPage();
      const foreign: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(visit.url) && !/^(data|blob):/.test(request.url()))
          foreign.push(request.url());
      });
      await page.addInitScript(() => {
        delete (Navigator.prototype as { gpu?: unknown }).gpu;
      });
      await page.goto(`${visit.url}#picture=https://other.example/a.jpg`);
      await page.getByText('It is fetched only if you say so').waitFor();
      expect(await page.locator('#url').inputValue()).toBe('https://other.example/a.jpg');
      expect(foreign).toEqual([]);
      await page.locator('#fetch').click();
      await page.getByText('does not let other pages read its files').waitFor();
      await context.close();
    });
  });
}

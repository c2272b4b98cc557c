import { expect, it } from 'vitest';
import { browserAdvice } from './browser-advice.ts';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'chrome://flags'],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0',
    'edge://settings/system',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'about:config'],
  ['Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15', 'Safari 26'],
])('a browser without WebGPU is told what to enable: %s', (agent, step) => {
  const { title, steps } = browserAdvice(agent, 'no-webgpu');
  expect(title).toBe('This browser has no WebGPU');
  expect(steps[0]).toContain(step);
  expect(steps.at(-1)).toContain('Chrome and Edge from 113');
});

it('a page that is not secure, and a browser without an adapter, are told so', () => {
  expect(browserAdvice('', 'no-webgpu', false).steps[0]).toContain('https');
  expect(browserAdvice('X11 Chrome/140', 'no-adapter').steps.join()).toContain('chrome://gpu');
});

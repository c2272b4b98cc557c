import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, prepareCase } from '../testing/index.ts';
import { oddCases } from '../testing/kernel-tests.ts';
import { isProduct } from '../testing/products.ts';

// Every kernel in a real browser, on its own adapter: Chromium's software adapter has subgroups of 4 and no f16. It compiles
// products slowly: there, those of odd shapes are tested. widths-4.test.ts has all of them in Node, and so has
// kernels.full.browser.test.ts in Chromium.

const device = await openDevice();
afterAll(() => device.dispose());

it('the browser has an adapter', () => {
  expect(device.info.adapter.vendor).not.toBe('');
});

for (const spec of specs) {
  describe(spec.name, () => {
    const odd = device.info.cpu && isProduct(spec) ? oddCases(spec) : undefined;
    for (const [title, given] of Object.entries(spec.cases)) {
      if (odd && !odd.includes(title)) continue;
      it(title, () => checkCase(device, prepareCase(spec, given)));
    }
  });
}

import { afterAll, describe, expect, it } from 'vitest';
import { openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, prepareCase } from '../testing/index.ts';

// Every kernel in a real browser, on its own adapter: Chromium's software adapter has subgroups of 4 and no f16.

const device = await openDevice();
afterAll(() => device.dispose());

it('the browser has an adapter', () => {
  expect(device.info.adapter.vendor).not.toBe('');
});

for (const spec of specs) {
  describe(spec.name, () => {
    for (const [name, given] of Object.entries(spec.cases)) {
      it(name, () => checkCase(device, prepareCase(spec, given)));
    }
  });
}

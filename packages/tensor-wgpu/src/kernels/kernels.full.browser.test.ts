import { afterAll, describe, it } from 'vitest';
import { openDevice } from '../device/open-device.ts';
import { specs } from '../specs.ts';
import { checkCase, prepareCase } from '../testing/index.ts';
import { isProduct } from '../testing/products.ts';

// All cases of products, of which `npm test` runs only the odd ones in Chromium.

const device = await openDevice();
afterAll(() => device.dispose());

for (const spec of specs.filter(isProduct)) {
  describe(spec.name, () => {
    for (const [title, given] of Object.entries(spec.cases)) {
      it(title, () => checkCase(device, prepareCase(spec, given)));
    }
  });
}

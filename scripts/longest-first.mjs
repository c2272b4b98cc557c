// Order of test files: the slowest first, so that the run ends with short ones. Measured on software adapters.
import { BaseSequencer } from 'vitest/node';

const LONG = [
  'kernels-as-gpu',
  'kernels',
  'kernels-plain',
  'cli',
  'glip',
  'bi-attention',
  'tune',
  'playground',
];

export class LongestFirst extends BaseSequencer {
  async sort(files) {
    const rank = ({ moduleId }) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return at < 0 ? LONG.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

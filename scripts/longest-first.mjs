// Order of test files: those of ten seconds and more, the slowest first, so that the run ends with short ones. Measured on
// software adapters. Where no cache holds them yet, two processes that need the same shaders at a time compile them twice; so
// the first file that trains and detects runs beside kernels and random networks, whose shaders are others.
import { BaseSequencer } from 'vitest/node';

const LONG = [
  'train-resume',
  'kernels',
  'train',
  'network',
  'packages',
  'train-run',
  'many-pictures',
  'faults',
  'page',
  'queue',
  'glip',
  'trainer',
  'detect',
  'cli',
  'security',
  'playground',
  'without-gpu',
  'tune',
  'wordpiece-oracles',
  'kernels-as-gpu',
  'kernels-plain',
  'convert',
  'models',
  'killed-downloads',
  'label',
  'hostile-text',
  'emoji-world',
  'training-memory',
  'peers',
  'widths',
  'training',
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

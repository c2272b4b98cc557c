// Order of test files: those of ten seconds and more, the slowest first, so that the run ends with short ones. Measured on
// software adapters. Where no cache holds them yet, two processes that need the same shaders at a time compile them twice; so
// the first file that trains runs beside one that only detects, and kernels beside random networks: their shaders differ.
import { BaseSequencer } from 'vitest/node';

const LONG = [
  'train',
  'kernels',
  'queue',
  'network',
  'emoji-world',
  'packages',
  'evaluate',
  'playground',
  'faults',
  'train-resume',
  'train-run',
  'without-gpu',
  'trainer',
  'queue-protocols',
  'glip',
  'security',
  'page',
  'label-captions',
  'protocols',
  'detect',
  'many-pictures',
  'tune',
  'wordpiece-oracles',
  'training',
  'tuning',
  'run-adapter',
  'experiments',
  'label',
  'kernels-as-gpu',
  'kernels-plain',
  'hostile-text',
  'tls',
  'regularization',
  'peers',
  'training-memory',
  'adapter',
  'convert',
  'parity',
  'run-suites',
  'bert-base-uncased',
  'killed-downloads',
  'glip-prompts',
  'bundle',
  'written-files',
  'widths-4',
  'widths-16',
  'widths',
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

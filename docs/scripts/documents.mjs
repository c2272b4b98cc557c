// Pages made from documents of the repository that lie outside `docs/`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DOCUMENTS, rewriteLinks, root } from './links.mjs';

/** Front matter by document, where the page needs a title or description of its own. */
const DESCRIPTIONS = {
  'ARCHITECTURE.md':
    'The map of the code, and the life of a detection, a kernel, a checkpoint and a training step.',
  'BENCHMARKS.md': 'Every measurement of GLIP on WebGPU with the command that repeats it.',
  'CONTRIBUTING.md': 'How to write, test and measure a kernel, and what a pull request needs.',
  'SECURITY.md': 'How to report a vulnerability.',
  'apps/bench/README.md': 'The benchmark page and command: suites, clocks, checks, comparisons.',
  'apps/emoji-world/README.md': 'A generator of drawn scenes with boxes and captions, for training.',
  'examples/README.md': 'Sources and licenses of the example pictures.',
  'packages/glip-cli/README.md': 'Every command and option of glip.',
  'scripts/experiments/README.md': 'Configurations of the experiments, and the command that runs them.',
};

export function writeDocuments() {
  for (const [document, page] of Object.entries(DOCUMENTS)) {
    const text = rewriteLinks(readFileSync(root + document, 'utf8'), document, page);
    const head = `---\ndescription: ${JSON.stringify(DESCRIPTIONS[document])}\neditLink: false\n---\n\n`;
    const file = `${root}docs/${page}.md`;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, head + text);
  }
}

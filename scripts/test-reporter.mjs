// Vitest reporter for `npm test`: failures in full at the end, and progress on descriptor 3, one line per file.
import { writeSync } from 'node:fs';
import { DefaultReporter } from 'vitest/node';

const STATUS_FD = 3;

export default class TestReporter extends DefaultReporter {
  #files = 0;
  #done = 0;

  onTestRunStart(specifications) {
    super.onTestRunStart(specifications);
    this.#files = specifications.length;
  }

  onTestModuleEnd(module) {
    super.onTestModuleEnd(module);
    this.#done += 1;
    writeSync(STATUS_FD, `${this.#done} of ${this.#files} files\n`);
  }

  // Passing files need no line of their own.
  printTestModule() {}
}

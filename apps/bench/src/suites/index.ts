import { type BenchCase, idOf, type Suite } from './bench-case.ts';
import { blockSuite } from './blocks.ts';
import { endToEndSuite } from './end-to-end.ts';
import { loadSuite } from './load.ts';
import { microSuite } from './micro.ts';

const MAKERS: Readonly<Record<Suite, () => BenchCase[]>> = {
  micro: microSuite,
  blocks: blockSuite,
  e2e: endToEndSuite,
  load: loadSuite,
};

export interface Selection {
  readonly suites: readonly Suite[];
  /** Words that a case's name must hold, all of them; alternatives are divided by commas. Any case if empty. */
  readonly filter: string;
  /** Only cases that take moments. */
  readonly quick: boolean;
}

/** The cases that a run consists of, in order. */
export function selectCases({ suites, filter, quick }: Selection): BenchCase[] {
  return suites
    .flatMap((suite) => MAKERS[suite]())
    .filter((item) => (!quick || item.quick) && fits(idOf(item), filter));
}

/** Whether a name holds all words of one of the filter's alternatives. */
export function fits(name: string, filter: string): boolean {
  const text = name.toLowerCase();
  return filter
    .toLowerCase()
    .split(',')
    .some((words) => words.split(/\s+/).every((word) => text.includes(word)));
}

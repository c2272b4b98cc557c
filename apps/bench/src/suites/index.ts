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
  /** Words that a case's id must hold, all of them; any case unless given. */
  readonly filter: string;
  /** Only cases that take moments. */
  readonly quick: boolean;
}

/** The cases that a run consists of, in order. */
export function selectCases({ suites, filter, quick }: Selection): BenchCase[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return suites
    .flatMap((suite) => MAKERS[suite]())
    .filter(
      (item) => (!quick || item.quick) && words.every((word) => idOf(item).toLowerCase().includes(word)),
    );
}

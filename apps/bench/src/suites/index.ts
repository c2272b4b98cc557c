import { type Selection, SettingsError } from '../run/settings.ts';
import { type BenchCase, idOf, type Suite } from './bench-case.ts';
import { blockSuite } from './blocks.ts';
import { endToEndSuite } from './end-to-end.ts';
import { loadSuite } from './load.ts';
import { microSuite } from './micro.ts';
import { trainSuite } from './train.ts';

const MAKERS: Readonly<Record<Suite, () => BenchCase[]>> = {
  micro: microSuite,
  blocks: blockSuite,
  e2e: endToEndSuite,
  train: trainSuite,
  load: loadSuite,
};

/**
 * Cases of a run, in order.
 *
 * @throws SettingsError if there are none
 */
export function selectCases({ suites, filter, quick }: Selection): BenchCase[] {
  const named = suites.flatMap((suite) => MAKERS[suite]()).filter((item) => fits(idOf(item), filter));
  const cases = named.filter((item) => !quick || item.quick);
  if (cases.length > 0) return cases;
  throw new SettingsError(
    named.length > 0
      ? `none of ${named.length} cases that fit is quick enough for a quick run`
      : `no case of ${suites.join(', ')} has all words of "${filter}" in its name`,
  );
}

/** True if a name contains all words of one of the filter's alternatives. */
export function fits(name: string, filter: string): boolean {
  const text = name.toLowerCase();
  const alternatives = filter
    .toLowerCase()
    .split(',')
    .map((words) => words.trim().split(/\s+/))
    .filter(([first]) => first !== ''); // as after a last comma
  return (
    alternatives.length === 0 || alternatives.some((words) => words.every((word) => text.includes(word)))
  );
}

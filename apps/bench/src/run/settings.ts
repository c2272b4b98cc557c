import { SUITES, type Suite } from '../suites/bench-case.ts';

/** The cases to run. */
export interface Selection {
  readonly suites: readonly Suite[];
  /** Words that a case's name must contain; alternatives are separated by commas. All cases if empty. */
  readonly filter: string;
  /** Only short cases. */
  readonly quick: boolean;
}

/** Settings of a run; all of them fit in a link. */
export interface Settings extends Selection {
  /** Samples of each case. */
  readonly samples: number;
  /** Time limit for the samples of one case, s. */
  readonly budgetS: number;
}

const SAMPLES = 20;
const QUICK_SAMPLES = 5;
const BUDGET_S = 20;
const QUICK_BUDGET_S = 2;

export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads settings from text, as links and command lines have them.
 *
 * @throws SettingsError for an unknown suite or an invalid number
 */
export function readSettings(text: Readonly<Partial<Record<keyof Settings | 'run', string>>>): Settings {
  const quick = text.quick !== undefined && text.quick !== '0' && text.quick !== 'false';
  const names = (text.suites ?? text.run ?? 'micro')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const chosen = names.includes('all') ? [...SUITES] : names;
  const unknown = chosen.find((name) => !SUITES.includes(name as Suite));
  if (chosen.length === 0) throw new SettingsError(`choose at least one suite: ${SUITES.join(', ')} or all`);
  if (unknown !== undefined) {
    throw new SettingsError(`suite "${unknown}" does not exist: choose from ${SUITES.join(', ')} and all`);
  }
  return {
    suites: SUITES.filter((suite) => chosen.includes(suite)),
    filter: text.filter ?? '',
    quick,
    samples: readNumber('samples', text.samples, quick ? QUICK_SAMPLES : SAMPLES, 3, 10_000),
    budgetS: readNumber('budgetS', text.budgetS, quick ? QUICK_BUDGET_S : BUDGET_S, 0.01, 3600),
  };
}

/** The settings as a query string. */
export function settingsQuery({ suites, filter, quick, samples, budgetS }: Settings): string {
  const query = new URLSearchParams({ run: suites.join(',') });
  if (filter) query.set('filter', filter);
  if (quick) query.set('quick', '1');
  if (samples !== (quick ? QUICK_SAMPLES : SAMPLES)) query.set('samples', `${samples}`);
  if (budgetS !== (quick ? QUICK_BUDGET_S : BUDGET_S)) query.set('budgetS', `${budgetS}`);
  return query.toString();
}

function readNumber(
  name: string,
  text: string | undefined,
  usual: number,
  least: number,
  most: number,
): number {
  if (text === undefined || text === '') return usual;
  const value = Number(text);
  const whole = name === 'samples';
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number';
    throw new SettingsError(`${name} is "${text}", expected ${kind} from ${least} to ${most}`);
  }
  return value;
}

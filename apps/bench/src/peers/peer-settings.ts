import { SettingsError } from '../run/settings.ts';
import { fits } from '../suites/index.ts';
import { LIBRARIES, type Library, type LibraryName } from './libraries.ts';
import { type PeerCase, peerCases, TRAINING } from './peer-cases.ts';

/** Libraries and operations to compare, and where the libraries come from. */
export interface PeerSettings {
  readonly libraries: readonly LibraryName[];
  /** Words that an operation's name must contain; alternatives are separated by commas. */
  readonly filter: string;
  /** Training steps instead of single operations. */
  readonly training: boolean;
  /** Timed runs of each library. */
  readonly rounds: number;
  /** URL of a folder of `package@version` folders, ending in /. */
  readonly from: string;
}

export const CDN = 'https://cdn.jsdelivr.net/npm/';
const ROUNDS = 7;
const [MIN_ROUNDS, MAX_ROUNDS] = [5, 1000];

/**
 * Reads settings from text, as links and forms have them.
 *
 * @param usual  default source of libraries
 * @throws SettingsError for a library or operation that does not exist, a number out of range, or an invalid URL
 */
export function readPeerSettings(
  text: Readonly<Partial<Record<'peers' | 'filter' | 'training' | 'rounds' | 'from', string>>>,
  usual = CDN,
): PeerSettings {
  const all = LIBRARIES.map(({ name }) => name);
  const asked = (text.peers ?? 'all')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const names = asked.includes('all') ? all : asked;
  const unknown = names.find((name) => !(all as string[]).includes(name));
  if (names.length === 0) throw new SettingsError(`choose at least one library: ${all.join(', ')} or all`);
  if (unknown !== undefined) {
    throw new SettingsError(`library "${unknown}" does not exist: choose from ${all.join(', ')} and all`);
  }
  const filter = text.filter ?? '';
  const training = text.training === '1';
  if (casesThatFit({ filter, training }).length === 0) {
    const known = casesThatFit({ filter: '', training }).map(({ name }) => name);
    throw new SettingsError(`no operation has "${filter}" in its name: ${known.join('; ')}`);
  }
  return {
    libraries: all.filter((name) => names.includes(name)),
    filter,
    training,
    rounds: readRounds(text.rounds),
    from: readUrl(text.from || usual),
  };
}

/** The settings as a query string. */
export function peerQuery({ libraries, filter, training, rounds, from }: PeerSettings, usual = CDN): string {
  const peers = libraries.length === LIBRARIES.length ? 'all' : libraries.join(',');
  const query = new URLSearchParams({ peers });
  if (filter) query.set('filter', filter);
  if (training) query.set('training', '1');
  if (rounds !== ROUNDS) query.set('rounds', `${rounds}`);
  if (from !== readUrl(usual)) query.set('from', from);
  return query.toString();
}

/** Chosen libraries that support the operations: onnxruntime-web does not train. */
export function librariesFor({
  libraries,
  training,
}: Pick<PeerSettings, 'libraries' | 'training'>): readonly Library[] {
  return LIBRARIES.filter(
    ({ name }) => libraries.includes(name) && !(training && name === 'onnxruntime-web'),
  );
}

/** @param quick  only those that are short enough for a software adapter */
export function casesThatFit(
  { filter, training }: Pick<PeerSettings, 'filter' | 'training'>,
  quick = false,
): readonly PeerCase[] {
  return peerCases.filter(
    ({ name, group, inBrowser }) =>
      (group === TRAINING) === training && (inBrowser || !quick) && fits(name, filter),
  );
}

/** @throws SettingsError */
function readRounds(text: string | undefined): number {
  if (text === undefined || text === '') return ROUNDS;
  const value = Number(text);
  if (Number.isInteger(value) && value >= MIN_ROUNDS && value <= MAX_ROUNDS) return value;
  throw new SettingsError(`rounds is "${text}", expected a whole number from ${MIN_ROUNDS} to ${MAX_ROUNDS}`);
}

function readUrl(text: string): string {
  try {
    const base = 'location' in globalThis ? location.href : undefined;
    const { href, protocol } = new URL(text.endsWith('/') ? text : `${text}/`, base);
    if (/^https?:$/.test(protocol)) return href;
  } catch {
    // Reported below.
  }
  throw new SettingsError(`from is "${text}", expected the URL of a folder, such as ${CDN}`);
}

import { bytesOf, LIBRARIES } from '../peers/libraries.ts';
import {
  CDN,
  casesThatFit,
  librariesFor,
  type PeerSettings,
  peerQuery,
  readPeerSettings,
} from '../peers/peer-settings.ts';
import { countOf } from '../report/lines.ts';
import { asSentence, byId, make } from './dom.ts';

const form = byId<HTMLFormElement>('peers');
const status = byId('peers-status');
const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;

// Servers of this repository have the libraries beside the page, where they are installed.
const beside = document.querySelector<HTMLMetaElement>('meta[name=peer-libraries]')?.content;
const usual = beside ?? CDN;

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export const counted = (operations: number): string => countOf(operations, 'operation');

/** Fills the form from the link. @returns what the link asks to start at once */
export function fillForm(): PeerSettings | undefined {
  const link = new URLSearchParams(location.search);
  const wanted = link.has('peers');
  const asked = readOrSay(wanted ? Object.fromEntries(link) : {});
  const settings = asked ?? readPeerSettings({}, usual);
  byId('peers-libraries').append(...LIBRARIES.map((library) => boxOf(library, settings)));
  byId('peers-hosts').append(...[...new Set([usual, CDN])].map((value) => make('option', { value })));
  field('filter').value = settings.filter;
  field('training').checked = settings.training;
  field('rounds').value = `${settings.rounds}`;
  field('from').value = settings.from;
  describe();
  form.addEventListener('input', () => {
    status.textContent = '';
    describe();
  });
  if (!wanted || !asked || !link.has('auto')) return undefined;
  if (new URL(settings.from).origin === location.origin) return settings;
  form.scrollIntoView();
  status.textContent = 'Press Start: a link cannot make the page download from another host.';
  return undefined;
}

/** Settings of the form; undefined after showing what is wrong. */
export function formSettings(): PeerSettings | undefined {
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name=library]')];
  return readOrSay({
    peers: boxes
      .filter(({ checked }) => checked)
      .map(({ value }) => value)
      .join(','),
    filter: field('filter').value,
    ...(field('training').checked ? { training: '1' } : {}),
    rounds: field('rounds').value,
    from: field('from').value,
  });
}

/** A link that fills the form as it is. */
export function formLink(): string | undefined {
  const settings = formSettings();
  return settings && `${location.origin}${location.pathname}?${peerQuery(settings, usual)}`;
}

function readOrSay(text: Readonly<Record<string, string>>): PeerSettings | undefined {
  try {
    return readPeerSettings(text, usual);
  } catch (error) {
    status.textContent = asSentence((error as Error).message);
    return undefined;
  }
}

/** Checkbox of a library, with its status. */
function boxOf(
  { name, versions, files }: (typeof LIBRARIES)[number],
  { libraries }: PeerSettings,
): HTMLElement {
  const checked = libraries.includes(name);
  const box = make('input', { type: 'checkbox', name: 'library', value: name, checked });
  const note = `${Object.values(versions)[0]}, ${megabytes(bytesOf([{ files }]))}`;
  const state = make('small', { id: `peer-${name}` });
  return make('label', {}, box, ` ${name} `, make('small', { textContent: note }), ' ', state);
}

/** Describes what Start will do: the operations, and the download with its source. */
function describe(): void {
  const chosen = { filter: field('filter').value, training: field('training').checked };
  const [all, few] = [false, true].map((quick) => casesThatFit(chosen, quick));
  const list = (cases: typeof all): string => cases.map(({ name }) => name).join('; ');
  const others = all.filter((operation) => !few.includes(operation));
  byId('peers-operations').textContent = [
    `${counted(all.length)}: ${list(few)}`,
    ...(others.length > 0 ? [`and, unless the adapter is software, ${list(others)}`] : []),
  ].join('; ');
  const settings = formSettings();
  const note = byId('peers-download');
  note.textContent = '';
  if (!settings) return;
  const { host, origin } = new URL(settings.from);
  const bytes = bytesOf(librariesFor(settings));
  const where = origin === location.origin ? `this server, ${host}` : `${host}, another host`;
  note.textContent = `Start downloads ${megabytes(bytes)} (less if compressed) of third-party code from ${where}. Nothing is downloaded before, and only files that match the npm packages (SHA-384) are run.`;
}

import { readSettings, type Settings, settingsQuery } from '../run/settings.ts';
import { byId } from './dom.ts';

const form = byId<HTMLFormElement>('settings');
const field = (name: string): HTMLInputElement => form.elements.namedItem(name) as HTMLInputElement;
const suites = (): HTMLInputElement[] => [...form.querySelectorAll<HTMLInputElement>('input[name=suite]')];

/** Shows settings in the form. */
export function showSettings(settings: Settings): void {
  for (const box of suites()) box.checked = (settings.suites as readonly string[]).includes(box.value);
  field('filter').value = settings.filter;
  field('samples').value = `${settings.samples}`;
  field('budgetS').value = `${settings.budgetS}`;
  field('quick').checked = settings.quick;
}

/** @throws SettingsError without a suite, or with numbers out of range */
export function formSettings(): Settings {
  return readSettings({
    suites: suites()
      .filter(({ checked }) => checked)
      .map(({ value }) => value)
      .join(','),
    filter: field('filter').value,
    samples: field('samples').value,
    budgetS: field('budgetS').value,
    ...(field('quick').checked ? { quick: '1' } : {}),
  });
}

/** Settings in the page's URL. @throws SettingsError */
export function linkSettings(): Settings {
  return readSettings(Object.fromEntries(new URLSearchParams(location.search)));
}

/** A link that opens the page with these settings, and starts at once if `auto`. */
export function linkTo(settings: Settings): string {
  return `${location.origin}${location.pathname}?${settingsQuery(settings)}`;
}

/** A quick run has different defaults. */
field('quick').addEventListener('change', () => {
  const { suites: chosen, filter, quick } = formSettings();
  showSettings(readSettings({ suites: chosen.join(','), filter, ...(quick ? { quick: '1' } : {}) }));
});

import { expect, it } from 'vitest';
import { readSettings, SettingsError, settingsQuery } from './settings.ts';

it('settings survive their link', () => {
  for (const text of [
    {},
    { run: 'all', quick: '1' },
    { run: 'e2e,load', filter: 'a b, c&d', samples: '7', budgetS: '0.5' },
  ]) {
    const settings = readSettings(text);
    expect(readSettings(Object.fromEntries(new URLSearchParams(settingsQuery(settings))))).toEqual(settings);
  }
});

it('a suite that does not exist and numbers out of range are refused by name', () => {
  expect(() => readSettings({ run: 'macro' })).toThrow(SettingsError);
  expect(() => readSettings({ run: 'macro' })).toThrow(
    /suite "macro" does not exist: choose from micro, blocks, e2e, train, load and all/,
  );
  expect(() => readSettings({ run: ',' })).toThrow(
    'choose at least one suite: micro, blocks, e2e, train, load or all',
  );
  expect(() => readSettings({ samples: 'many' })).toThrow(/samples is "many"/);
  expect(() => readSettings({ samples: '2' })).toThrow(/from 3/);
  expect(() => readSettings({ samples: '5.5' })).toThrow(/whole number/);
});

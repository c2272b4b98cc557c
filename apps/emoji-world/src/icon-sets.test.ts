import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultCache, hasIcon, type IconSet, iconSvg, lockText, pinned } from './icon-sets.ts';
import { NOUNS } from './nouns.ts';
import { HELD_OUT_STYLE, iconNames, TRAINING_STYLES } from './styles.ts';

const SET: IconSet = {
  width: 32,
  height: 32,
  icons: {
    dog: { body: '<path d="M0 0h9v9z"/>' },
    icecream: { body: '<path d="M1 1h9v9z"/>', top: -2, width: 36 },
    dogside: { body: '<path d="M2 2h9v9z"/>' },
  },
  aliases: { hound: { parent: 'dog', body: '' }, lost: { parent: 'nothing', body: '' } },
};

describe('an icon set', () => {
  it('gives icons as SVG of the size asked for', () => {
    expect(iconSvg({ ...SET, aliases: {} }, 'icecream', 128)).toContain(
      'viewBox="0 -2 36 32" width="128" height="128"',
    );
    expect(() => iconSvg(SET, 'cat', 128)).toThrow('no icon is called "cat"');
  });

  it('knows its icons and aliases', () => {
    expect(['dog', 'hound', 'lost', 'cat', 'constructor'].map((name) => hasIcon(SET, name))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('iconNames', () => {
  const named = (id: string, noun: string) => {
    const style = TRAINING_STYLES.find((one) => one.id === id);
    const found = NOUNS.find(({ name }) => name === noun);
    if (!style || !found) throw new Error('no such style or noun');
    return iconNames(style, found, (icon) => hasIcon(SET, icon));
  };

  it('finds the first name that a set has, and the alternates', () => {
    expect(named('noto', 'dog')).toEqual({ main: 'dog', alternates: ['dogside'] });
    expect(named('noto', 'owl')).toEqual({ alternates: [] });
    expect(named('fxemoji', 'ice cream')).toEqual({ main: 'icecream', alternates: [] });
  });
});

describe('the icon packages', () => {
  it('are pinned by version and hash, with the licenses that the styles name', async () => {
    const lock = await lockText();
    for (const { id, license } of [...TRAINING_STYLES, HELD_OUT_STYLE]) {
      expect(pinned(lock, id).version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(pinned(lock, id).integrity).toMatch(/^sha512-/);
      expect(JSON.parse(lock).packages[`node_modules/@iconify-json/${id}`].license).toBe(license);
    }
  });

  it('are cached below the cache folder of the user', () => {
    expect(defaultCache({ XDG_CACHE_HOME: '/home/a/cache' })).toBe(
      join('/home/a/cache', 'glip-wgpu', 'emoji-world'),
    );
  });
});

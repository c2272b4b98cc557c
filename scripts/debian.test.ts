import { describe, expect, it } from 'vitest';
import { backportsOf } from './debian.mjs';

const DEB822 = `Types: deb
# http://snapshot.example/archive
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

const LINES = `# deb http://old.example bookworm main
deb https://other.example/repo stable main
deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm main contrib
deb http://mirror.example/debian bookworm-updates main
`;

const VENDOR = `Types: deb
URIs: https://vendor.example/repos/tool/
Suites: bookworm
Components: main
`;

const added = (...sources: string[]) => backportsOf({ codename: 'bookworm', sources })?.source;

describe('backports', () => {
  it('come from the archive of a file of stanzas, with its key', () => {
    expect(backportsOf({ codename: 'bookworm', sources: [DEB822] })).toEqual({
      suite: 'bookworm-backports',
      source: {
        extension: 'sources',
        text: `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian.gpg
`,
      },
    });
  });

  it('come from the archive of a file of lines, with its options', () => {
    expect(added(LINES)).toEqual({
      extension: 'list',
      text: 'deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm-backports main\n',
    });
  });

  it("do not come from another vendor's archive, even if it stands first", () => {
    expect(added(VENDOR, DEB822)?.text).toContain('URIs: http://mirror.example/debian\n');
    expect(added(VENDOR, LINES)?.text).toContain('http://mirror.example/debian bookworm-backports');
  });

  it('keep a key that stands in the stanza itself', () => {
    const key = ' -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----';
    const stanza = `Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\nComponents: main\nSigned-By:\n${key}\n`;
    expect(added(stanza)?.text).toMatch(new RegExp(`Signed-By: \\n${key}\\n$`));
  });

  it('do not come from a stanza that is switched off, or that has only source packages', () => {
    expect(added(`Enabled: no\n${VENDOR}`, DEB822)?.text).toContain('mirror.example');
    expect(() => added(`Enabled: no\n${VENDOR}`)).toThrow(/have no archive/);
    expect(() => added(VENDOR.replace('deb', 'deb-src'))).toThrow(/have no archive/);
  });

  it('are not added where the sources have them', () => {
    const own = DEB822.replace('bookworm-updates', 'bookworm-updates bookworm-backports');
    expect(backportsOf({ codename: 'bookworm', sources: [own] })).toEqual({ suite: 'bookworm-backports' });
  });

  it('are not needed on later releases', () => {
    expect(backportsOf({ codename: 'trixie', sources: [] })).toBeUndefined();
  });

  it('without any archive are an error in one sentence', () => {
    expect(() => added('')).toThrow(/have no archive for bookworm/);
  });
});

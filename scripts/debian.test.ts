import { describe, expect, it } from 'vitest';
import { archiveOf, backportsOf } from './debian.mjs';

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

describe('the archive of a release', () => {
  it('is found in a file of stanzas, with its key', () => {
    expect(archiveOf([DEB822], 'bookworm')).toEqual({
      uri: 'http://mirror.example/debian',
      signed: '[signed-by=/usr/share/keyrings/debian.gpg] ',
    });
  });

  it('is found in a file of lines, with its options, and other suites are passed over', () => {
    const lines = `# deb http://old.example bookworm main
deb https://other.example/repo stable main
deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm main contrib`;
    expect(archiveOf([lines], 'bookworm')).toEqual({
      uri: 'http://mirror.example/debian',
      signed: '[arch=amd64 trusted=yes] ',
    });
  });

  it('gives the line for backports', () => {
    expect(backportsOf({ codename: 'bookworm', sources: [DEB822] })).toEqual({
      suite: 'bookworm-backports',
      line: 'deb [signed-by=/usr/share/keyrings/debian.gpg] http://mirror.example/debian bookworm-backports main',
    });
  });

  it('is not needed on later releases', () => {
    expect(backportsOf({ codename: 'trixie', sources: [] })).toBeUndefined();
  });

  it('that is named nowhere is an error in one sentence', () => {
    expect(() => backportsOf({ codename: 'bookworm', sources: [''] })).toThrow(
      /name no archive for bookworm/,
    );
  });
});

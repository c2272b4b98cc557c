import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { areInstalled } from '../node/peers.ts';
import { libraryFiles } from '../node/record-library-files.ts';
import { LIBRARIES } from './libraries.ts';
import { peerQuery, readPeerSettings } from './peer-settings.ts';

const own = new URL('./library-files.json', import.meta.url);
const manifest = new URL('../../peers/package.json', import.meta.url);

it('what browsers download are the versions of peers/package.json', () => {
  const { dependencies } = JSON.parse(readFileSync(manifest, 'utf8'));
  for (const { versions, files } of LIBRARIES) {
    expect(dependencies).toMatchObject(versions);
    const owners = Object.entries(versions).map(([name, version]) => `${name}@${version}/`);
    for (const path of Object.keys(files)) expect(owners.some((owner) => path.startsWith(owner))).toBe(true);
  }
});

const ifInstalled = areInstalled() ? it : () => {}; // `--peers` installs them
ifInstalled('hashes are those of the files that are installed', () => {
  expect(readFileSync(own, 'utf8')).toBe(libraryFiles());
});

it('settings survive their link', () => {
  for (const text of [
    {},
    { peers: 'tfjs,jax-js', filter: 'GEMM 512, softmax', rounds: '9' },
    { from: 'https://npm.example/x' },
    { peers: 'tfjs', training: '1', filter: 'MLP' },
  ]) {
    const settings = readPeerSettings(text);
    expect(readPeerSettings(Object.fromEntries(new URLSearchParams(peerQuery(settings))))).toEqual(settings);
  }
});

it('libraries and operations that do not exist, and numbers out of range, are refused by name', () => {
  expect(() => readPeerSettings({ peers: 'torch' })).toThrow(
    'library "torch" does not exist: choose from onnxruntime-web, tfjs, jax-js and all',
  );
  expect(() => readPeerSettings({ peers: '' })).toThrow('choose at least one library: onnxruntime-web');
  expect(() => readPeerSettings({ filter: 'FFT' })).toThrow('no operation has "FFT" in its name: GEMM 512');
  expect(() => readPeerSettings({ filter: 'GEMM', training: '1' })).toThrow(
    'in its name: MLP 784-512-512-10',
  );
  expect(() => readPeerSettings({ rounds: '4' })).toThrow('rounds is "4", expected a whole number from 5');
  expect(() => readPeerSettings({ from: 'file:///tmp' })).toThrow('from is "file:///tmp", expected the URL');
});

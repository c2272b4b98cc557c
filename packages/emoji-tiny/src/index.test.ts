import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { emojiTinyWarning } from './index.ts';

/** Width and height in a JPEG's frame header. */
function sizeOf(file: URL) {
  const bytes = readFileSync(file);
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    const marker = bytes[at + 1];
    if (marker >= 0xc0 && marker <= 0xc2) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
  }
  throw new Error(`${file}: no frame header`);
}

describe('the warning of emoji-tiny', () => {
  it('is silent about scenes', () => {
    const folder = new URL('../../../fixtures/emoji-world/val/', import.meta.url);
    const scenes = readdirSync(folder)
      .filter((name) => name.endsWith('.jpg'))
      .map((name) => new URL(name, folder));
    expect(scenes.length).toBeGreaterThan(5);
    for (const scene of [...scenes, new URL('../../../examples/scene.jpg', import.meta.url)]) {
      expect(emojiTinyWarning(sizeOf(scene))).toBeUndefined();
    }
  });

  it.each([
    [640, 480],
    [4000, 3000],
    [128, 128],
    [160, 90],
  ])('says for %i x %i what the model is and what to use', (width, height) => {
    expect(emojiTinyWarning({ width, height })).toMatch(
      new RegExp(`toy for drawn scenes.*${width} x ${height}.*real model.*glip-t`),
    );
  });
});

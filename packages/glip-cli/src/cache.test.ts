import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { workspace } from './testing/workspace.ts';

const { at, glip } = workspace('cache');

it('cache rm removes what a download left', async () => {
  const cache = at('filled');
  mkdirSync(join(cache, 'glip-t'), { recursive: true });
  const weights = join(cache, 'glip-t', 'glip_tiny_model_o365_goldg_cc_sbu.pth');
  for (const suffix of ['.part', '.part.json']) writeFileSync(weights + suffix, 'x'.repeat(2e5));
  const env = { GLIP_CACHE: cache };
  const listed = await glip(['cache', 'ls'], { env });
  expect(listed.out).toMatch(/glip-t\/.*\.pth {2}0\.2 MB, incomplete\n {2}0\.2 MB in all/);
  const { code, out } = await glip(['cache', 'rm', 'glip-t'], { env });
  expect([code, out]).toEqual([0, expect.stringMatching(/^removed glip-t\/.*\.pth, 0\.2 MB\n$/)]);
  expect(readdirSync(join(cache, 'glip-t'))).toEqual([]);
  expect((await glip(['cache', 'rm', 'glip-x'], { env })).err).toMatch(/not a published model; did you mean/);
});

import { expect, it } from 'vitest';
import { runGlip } from './testing/run-glip.ts';

it('env says what a bug report needs', async () => {
  const { code, out, err } = await runGlip(['env']);
  expect([code, err]).toEqual([0, '']);
  for (const row of ['glip', 'node', 'system', 'memory', 'sharp', 'models', 'adapter', 'features', 'limits'])
    expect(out).toMatch(new RegExp(`^${row} `, 'm'));
  expect(out).toMatch(/^webgpu +\d+\.\d+\.\d+$/m);
});

it('env shows no password and no token of a mirror', async () => {
  const { out } = await runGlip(['env'], {
    env: { GLIP_MIRROR: 'https://me:secret@host/models?token=secret' },
  });
  expect(out).toMatch(/^GLIP_MIRROR +https:\/\/…@host\/models\?…$/m);
  expect(out).not.toContain('secret');
});

import { describe, expect, it } from 'vitest';
import { unroll } from './unroll.ts';

const LOOP = `
  // unrolled
  for (var i = 0u; i < QUADS; i++) {
    let x = a[i];
    if x > 0.0 {
      sum[i] += x;
    }
  }
  for (var i = 0u; i < QUADS; i++) { b[i] = 0.0; }
`;

describe('unroll', () => {
  it('writes out a marked loop, each copy with its own constant index', () => {
    const written = unroll(LOOP, 'QUADS', 2);
    expect(written).toContain('const i = 0u;');
    expect(written).toContain('const i = 1u;');
    expect(written.match(/sum\[i\] \+= x;/g)).toHaveLength(2);
    expect(written.match(/[{]/g)?.length).toBe(written.match(/[}]/g)?.length);
  });

  it('leaves other loops, and loops to other bounds', () => {
    expect(unroll(LOOP, 'QUADS', 2)).toContain('for (var i = 0u; i < QUADS; i++) { b[i] = 0.0; }');
    expect(unroll(LOOP, 'OTHER', 2)).toBe(LOOP);
  });

  it('leaves nothing of a loop that never runs', () => {
    expect(unroll(LOOP, 'QUADS', 0)).not.toContain('sum[i]');
  });
});

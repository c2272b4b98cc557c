import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from './open-device.ts';

const LIMIT_MS = 120_000;

describe('the global setImmediate', () => {
  it('is the same before a device is opened, while it works and afterwards', async () => {
    const { setImmediate: original } = globalThis;
    const device = await openDevice();
    expect(globalThis.setImmediate).toBe(original);
    const reading = device.tensor([1, 2], [2]).read();
    expect(globalThis.setImmediate).toBe(original);
    await reading;
    await device.finish();
    device.dispose();
    expect(globalThis.setImmediate).toBe(original);
  });

  it('is not slowed by a pending read, and its handles can be cleared, whatever the callback is', async () => {
    using device = await openDevice();
    let reads = 0;
    let stop = false;
    const polling = (async () => {
      for (; !stop; reads++) await device.tensor([reads], [1]).read();
    })();
    let ran = 0;
    await new Promise<void>((done) => {
      const tick = function (this: void): void {
        ran += 1;
        if (ran < 300) setImmediate(tick.bind(undefined));
        else done();
      };
      setImmediate(tick.bind(undefined));
    });
    const cleared = setImmediate(
      function (this: void): void {
        ran = Number.NaN;
      }.bind(undefined),
    );
    expect(cleared.constructor.name).toBe('Immediate');
    clearImmediate(cleared);
    await new Promise<void>((resolve) => setImmediate(resolve)); // a function of the engine's own
    stop = true;
    await polling;
    expect(ran).toBe(300);
    expect(reads).toBeGreaterThan(0);
  });
});

describe('a program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tensor-wgpu-'));
  const run = (name: string, body: string): Promise<{ code: unknown; out: string }> => {
    const file = join(folder, name);
    writeFileSync(file, `import { openDevice } from './tensor-wgpu.mjs';\n${body}`);
    return new Promise((resolve) => {
      execFile(process.execPath, [file], { timeout: LIMIT_MS }, (error, out, err) => {
        resolve({ code: error?.code ?? (error ? error.signal : 0), out: out + (error ? err : '') });
      });
    });
  };

  beforeAll(async () => {
    const { resolve: dawn } = import.meta;
    await build({
      entryPoints: [fileURLToPath(new URL('../index.ts', import.meta.url))],
      outfile: join(folder, 'tensor-wgpu.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'es2022',
      loader: { '.wgsl': 'text' },
      alias: {
        '#gpu': fileURLToPath(new URL('./gpu.node.ts', import.meta.url)),
        '#plans': fileURLToPath(new URL('../gemm/plans.node.ts', import.meta.url)),
      },
      plugins: [
        {
          name: 'dawn',
          setup(build) {
            build.onResolve({ filter: /^webgpu$/ }, () => ({ path: dawn('webgpu'), external: true }));
          },
        },
      ],
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('that chains and clears immediates after a device was disposed ends by itself', async () => {
    const { code, out } = await run(
      'chain.mjs',
      `const device = await openDevice();
       device.dispose();
       let ticks = 0;
       class Queue {
         flush() {
           ticks += 1;
           const handle = setImmediate(this.flush.bind(this));
           if (ticks === 200) clearImmediate(handle);
         }
       }
       new Queue().flush();
       process.on('exit', () => console.log('ticks', ticks));`,
    );
    expect(out).toBe('ticks 200\n');
    expect(code).toBe(0);
  });

  it('that awaits 500 immediates takes no longer with a device than without', async () => {
    const { code, out } = await run(
      'await.mjs',
      `const once = async () => {
         const start = performance.now();
         for (let i = 0; i < 500; i++) await new Promise((done) => setImmediate(done));
         return performance.now() - start;
       };
       const best = async () => Math.min(await once(), await once(), await once());
       const without = await best();
       const device = await openDevice();
       const open = await best();
       device.dispose();
       console.log(JSON.stringify([without, open, await best()]));`,
    );
    expect(code).toBe(0);
    const [without, open, disposed] = JSON.parse(out);
    // A slowed immediate takes at least 1 ms, so 500 of them half a second.
    for (const ms of [open, disposed]) expect(ms).toBeLessThan(without + 400);
  });
});

import { type Device, mul, openDevice } from '@glip-wgpu/tensor-wgpu';
import { afterEach, describe, expect, it } from 'vitest';
import { parseReport } from '../report/parse-report.ts';
import type { BenchCase, Context, GpuWork } from '../suites/bench-case.ts';
import { type RunEvent, runSuites } from './run-suites.ts';
import { readSettings } from './settings.ts';

const settings = readSettings({ run: 'micro', samples: '3', budgetS: '0.05', quick: '1' });
const host = { platform: 'test', cores: 1 };
const readFile = (): Promise<Uint8Array> => Promise.reject(new Error('nothing is read'));
const opened: Device[] = [];

afterEach(() => {
  for (const device of opened.splice(0)) device.dispose();
});

async function open(): Promise<Device> {
  const device = await openDevice();
  opened.push(device);
  return device;
}

/** Squares 64 numbers; `change` makes it fail in some way. */
function square(
  name: string,
  change: (work: GpuWork, context: Context) => Partial<GpuWork> = () => ({}),
): BenchCase {
  return {
    suite: 'micro',
    subject: 'square',
    name,
    quick: true,
    async prepare(context) {
      const x = context.device.tensor(new Float32Array(64).fill(3), [64]);
      const work: GpuWork = {
        kind: 'gpu',
        body: () => [mul(x, x)],
        async check([y]) {
          const right = (await y.read()).every((value) => value === 9);
          return right
            ? { compared: 64, of: 64, worst: 0 }
            : { compared: 64, of: 64, worst: 2, message: 'not 9' };
        },
        [Symbol.dispose]: () => x.dispose(),
      };
      return { ...work, ...change(work, context) };
    },
  };
}

describe('a run', () => {
  it('measures and checks each case, and its report is read back as it was', async () => {
    const events: RunEvent[] = [];
    const report = await runSuites(settings, {
      host,
      open,
      readFile,
      cases: [square('a'), square('b')],
      emit: (event) => events.push(event),
    });
    expect(report.complete).toBe(true);
    expect(report.results.map(({ id, status }) => [id, status])).toEqual([
      ['micro/square/a', 'ok'],
      ['micro/square/b', 'ok'],
    ]);
    const [{ samples = [], check, clock, repeats = 0, memory = [], peakBytes, poolBytes }] = report.results;
    expect(samples.length).toBe(3);
    expect(samples.every((ms) => ms > 0)).toBe(true);
    expect(check?.compared).toBe(64);
    expect(clock).toMatch(/gpu|wall/);
    expect(repeats).toBeGreaterThan(1); // too short for one run to be a sample
    const live = memory.map(({ live }) => live);
    expect(live.at(-1)).toBe(live[0]); // all is given back
    expect(Math.max(...live)).toBeGreaterThan(live[0]);
    expect(Math.max(...memory.map(({ allocated }) => allocated))).toBeLessThanOrEqual(peakBytes ?? 0);
    expect(poolBytes).toBeGreaterThanOrEqual(0);
    expect(report.roofline?.bytes).toBeGreaterThan(0);
    expect(parseReport(JSON.stringify(report))).toEqual(JSON.parse(JSON.stringify(report)));
    const types = new Set(events.map(({ type }) => type));
    expect([...types]).toEqual(['environment', 'plan', 'roofline', 'start', 'result']);
  });

  it('goes on after wrong numbers, an error and a lost device', async () => {
    const events: RunEvent[] = [];
    const wrong = square('wrong', () => ({
      check: async () => ({ compared: 1, of: 1, worst: 9, message: 'off' }),
    }));
    const broken = square('broken', () => ({
      body: () => {
        throw new Error('no such shape');
      },
    }));
    const lost = square('lost', (work, { device }) => ({
      body() {
        device.gpu.destroy();
        return work.body();
      },
    }));
    const { results, complete } = await runSuites(settings, {
      host,
      open,
      readFile,
      cases: [wrong, broken, lost, square('last')],
      emit: (event) => events.push(event),
    });
    expect(complete).toBe(true);
    expect(results.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'wrong wrong',
      'broken error',
      'lost lost',
      'last ok',
    ]);
    expect(results[0].samples).toBeUndefined(); // no time to rank by
    expect(results[1].message).toBe('no such shape');
    expect(events.some(({ type }) => type === 'reopened')).toBe(true);
  });

  it('that is stopped keeps what it has', async () => {
    const controller = new AbortController();
    const report = await runSuites(settings, {
      host,
      open,
      readFile,
      cases: [square('a'), square('b'), square('c')],
      signal: controller.signal,
      emit: ({ type }) => type === 'result' && controller.abort(),
    });
    expect(report.complete).toBe(false);
    expect(report.results).toHaveLength(1);
  });

  it('skips what would take longer than it may, and says what would do', async () => {
    const huge = { ...square('huge'), estimate: () => ({ flops: 9e17, bytes: 0 }) };
    const whole = readSettings({ run: 'micro', samples: '3', budgetS: '0.05' });
    const { results } = await runSuites(whole, { host, open, readFile, cases: [huge] });
    expect(results[0]).toMatchObject({ status: 'skipped' });
    expect(results[0].message).toContain('--budgetS');
  });

  it('leaves a case whose runs turn out to be too long, once it is known to be right', async () => {
    const short = readSettings({ run: 'micro', samples: '3', budgetS: '0.01' });
    const slow = square('slow', (work, { device }) => {
      const read = device.read.bind(device);
      device.read = (async (tensors: Parameters<typeof read>[0]) => {
        await new Promise((done) => setTimeout(done, 50));
        return read(tensors);
      }) as typeof device.read;
      return work;
    });
    const { results } = await runSuites(short, { host, open, readFile, cases: [slow] });
    expect(results[0]).toMatchObject({ status: 'skipped', check: { compared: 64 } });
    expect(results[0].message).toMatch(/^a run takes 0\.\d s here/);
  });
});

describe('the real suites', () => {
  it('load the embedded model and give the numbers that were recorded', async () => {
    const { readFile } = await import('node:fs/promises');
    const small = readSettings({
      run: 'blocks,e2e,train,load',
      filter: 'head 160, emoji-tiny picture 20, emoji-tiny 96, parse',
      quick: '1',
      samples: '3',
    });
    const { results } = await runSuites(small, { host, open, readFile: (url) => readFile(url) });
    expect(results.map(({ id, status, message }) => `${id} ${status} ${message ?? ''}`.trim())).toEqual([
      'blocks/head/160 x 160, 30 tokens ok',
      'e2e/emoji-tiny/320 x 240 picture, 3 categories ok',
      'e2e/emoji-tiny/320 x 240 picture, 20 categories ok',
      'train/emoji-tiny/2 x 96 x 96, 32 tokens ok',
      'load/emoji-tiny/parse ok',
      'load/emoji-tiny/read, parse and upload ok',
    ]);
  });
});

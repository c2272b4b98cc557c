import { afterAll, describe, expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { capture } from '../capture.ts';
import { DeviceError } from '../errors.ts';
import { add, mul } from '../kernels/elementwise/elementwise.ts';
import { profile } from '../profile.ts';
import type { TypedArray } from '../tensor.ts';
import { FAULTS, FaultyGpu, isReportedLate } from '../testing/faulty-gpu.ts';
import { openDevice } from './open-device.ts';

Object.assign(globalThis, globals);
const dawn = create([]); // kept: Dawn aborts when it is collected
const faulty = new FaultyGpu(dawn);
afterAll(() => faulty.dispose());

/** Calls every part of a device: allocation, upload, kernels, a capture, a profile, a transfer. */
async function program(): Promise<readonly TypedArray[]> {
  using device = await openDevice({ gpu: faulty.gpu });
  const x = device.tensor([1, 2, 3], [3]);
  const double = capture(device, () => add(x, x));
  const { result } = await profile(device, () => mul(double(), x));
  device.upload(x, Float32Array.of(5, 5, 5));
  await device.finish();
  return await device.read([result, x]);
}

/** The outcome of the program when a call fails. */
async function outcome(fault: (typeof FAULTS)[number], call: number): Promise<unknown> {
  faulty.failAt(fault, call - faulty.calls);
  return program().catch((error: unknown) => error);
}

const expected = await program();
const { calls } = faulty;

describe('a GPU call, any of a program,', () => {
  it.each(FAULTS)('that fails with "%s" is a DeviceError', async (fault) => {
    expect(calls).toBeGreaterThan(40);
    const others: string[] = [];
    for (let call = 1; call <= calls; call++) {
      const found = await outcome(fault, call);
      const harmless = isReportedLate(fault) && call === calls; // the results are there by then
      if (harmless) expect(found).toEqual(expected);
      else if (!(found instanceof DeviceError)) others.push(`${call}, ${faulty.failed}: ${String(found)}`);
    }
    expect(others).toEqual([]);
  });

  it('that throws is named by its operation, with the cause', async () => {
    for (let call = 1; call <= calls; call++) {
      const { message, cause } = (await outcome('throw', call)) as Error;
      expect(message).toMatch(/^[a-z ]+[\w -]*( of .*)?: injected into \w+$|the GPU device was lost during /);
      expect((cause as Error).message).toBe(`injected into ${faulty.failed}`);
    }
  });

  it('that finds no memory left says what to do', async () => {
    const { reason, message } = (await outcome('out-of-memory', 1)) as DeviceError;
    expect(reason).toBe('out-of-memory');
    for (const advice of ['open another one', 'reload()', 'smaller images', "dtype: 'q8'"]) {
      expect(message).toContain(advice);
    }
  });

  it('getMappedRange of a device that was lost meanwhile says so', async () => {
    expect(await outcome('lost', calls)).toMatchObject({ name: 'DeviceError', reason: 'lost' });
    expect(faulty.failed).toBe('getMappedRange');
  });
});

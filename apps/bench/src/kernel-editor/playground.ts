import { type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { specs } from '@glip-wgpu/tensor-wgpu/specs';
import {
  checkCase,
  type KernelSpec,
  listOf,
  prepareCase,
  randomInputs,
  uploadInputs,
} from '@glip-wgpu/tensor-wgpu/testing';
import { Clock } from '../measure/clock.ts';
import { type Recording, recordWork } from '../measure/recording.ts';
import { checkOutputs, sampledReference } from '../measure/sampled-check.ts';
import { type Change, compareSamples, median } from '../measure/statistics.ts';
import { isQuick, microSuite } from '../suites/micro.ts';
import { EditedDevice, type Edits, isUsable, type Message } from './edited-device.ts';
import { filesOf } from './sources.ts';

export interface CaseOutcome {
  readonly name: string;
  readonly status: 'right' | 'wrong' | 'error';
  readonly message: string;
}

export interface TimeOutcome {
  readonly name: string;
  readonly status: 'right' | 'wrong' | 'error' | 'skipped';
  readonly message: string;
  readonly beforeMs?: number;
  readonly nowMs?: number;
  readonly change?: Change;
}

export interface Outcome<T> {
  readonly messages: readonly Message[];
  readonly cases: readonly T[];
}

const ROUNDS = 9;

function specOf(kernel: string): KernelSpec {
  const spec = specs.find(({ name }) => name === kernel);
  if (!spec) throw new Error(`no kernel is called "${kernel}"`);
  return spec;
}

/** A kernel's files on this machine's device. */
export async function kernelFiles(kernel: string, open = openDevice): Promise<string[]> {
  using device = await open();
  return filesOf(specOf(kernel), device.info);
}

const isError = ({ type }: Message): boolean => type === 'error';

/** Runs the cases of a kernel's spec with changed files; stops if the code does not compile. */
export async function testEdits(
  kernel: string,
  edits: Edits,
  open = openDevice,
): Promise<Outcome<CaseOutcome>> {
  const spec = specOf(kernel);
  let edited = new EditedDevice(await open(), edits);
  const cases: CaseOutcome[] = [];
  let messages: Message[] = [];
  try {
    for (const [name, given] of Object.entries(spec.cases)) {
      const prepared = prepareCase(spec, given);
      try {
        await checkCase(edited.device, prepared);
        cases.push({ name, status: 'right', message: '' });
      } catch (error) {
        messages = await edited.messages();
        if (messages.some(isError)) return { messages, cases };
        const message = (error as Error).message;
        cases.push({ name, status: /expected/.test(message) ? 'wrong' : 'error', message });
        if (isUsable(edited.device)) continue;
        edited.device.dispose();
        edited = new EditedDevice(await open(), edits);
      }
    }
    messages = await edited.messages();
  } finally {
    edited.device.dispose();
  }
  return { messages, cases };
}

/** Times a kernel's bench cases with the original and the changed files, interleaved; checks the changed results. */
export async function timeEdits(
  kernel: string,
  edits: Edits,
  open = openDevice,
  progress: (name: string) => void = () => {},
): Promise<Outcome<TimeOutcome>> {
  const spec = specOf(kernel);
  using plain = await open();
  using edited = new EditedDevice(await open(), edits);
  const quick = new Map(
    microSuite().map((item) => [`${item.subject}/${item.name}`, item.estimate?.(plain.info)]),
  );
  const cases: TimeOutcome[] = [];
  for (const [name, given] of Object.entries(spec.bench)) {
    const cost = quick.get(`${kernel}/${name}`);
    if (plain.info.cpu && cost && !isQuick(cost)) {
      cases.push({ name, status: 'skipped', message: 'too much work for a software adapter' });
      continue;
    }
    progress(name);
    try {
      cases.push({ name, ...(await timeCase(spec, given, plain, edited.device)) });
    } catch (error) {
      const messages = await edited.messages();
      if (messages.some(isError)) return { messages, cases };
      cases.push({ name, status: 'error', message: (error as Error).message });
    }
  }
  return { messages: await edited.messages(), cases };
}

async function timeCase(
  spec: KernelSpec,
  given: KernelSpec['bench'][string],
  plain: Device,
  changed: Device,
): Promise<Omit<TimeOutcome, 'name'>> {
  const arrays = randomInputs(given);
  const sides = [plain, changed].map((device) => {
    const inputs = uploadInputs(device, given, arrays);
    const recording = recordWork(device, () => listOf(spec.run(inputs, given.options)));
    return { device, inputs, recording, clock: new Clock(device), samples: [] as number[] };
  });
  try {
    for (const { clock, recording } of sides) await clock.sample(recording, 1);
    const repeats = Math.max(
      1,
      Math.min(64, Math.ceil(5 / (await timeOf(sides[0].clock, sides[0].recording, 1)))),
    );
    for (let round = 0; round < ROUNDS; round++) {
      for (const { clock, recording, samples } of sides)
        samples.push(await timeOf(clock, recording, repeats));
    }
    const { recording } = sides[1];
    const expected = sampledReference(spec, arrays, given.options);
    const check = await checkOutputs(changed, recording.outputs, expected, spec.tolerance);
    const [before, now] = sides.map(({ samples }) => samples);
    return {
      status: check.worst > 1 ? 'wrong' : 'right',
      message: check.message ?? '',
      beforeMs: median(before),
      nowMs: median(now),
      change: compareSamples(before, now),
    };
  } finally {
    for (const { inputs, recording, clock } of sides) {
      recording[Symbol.dispose]();
      clock[Symbol.dispose]();
      for (const tensor of Object.values(inputs)) tensor.dispose();
    }
  }
}

async function timeOf(clock: Clock, recording: Recording, repeats: number): Promise<number> {
  const { gpuMs, wallMs } = await clock.sample(recording, repeats);
  return Math.max(1e-6, gpuMs ?? wallMs);
}

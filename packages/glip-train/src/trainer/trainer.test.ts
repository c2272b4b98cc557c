import { network } from '@glip-wgpu/glip-core/network';
import { byteSource, type Device, openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrainingBatch } from '../data/training-batch.ts';
import { batchOf, madeUpBatches, madeUpPart, smallest } from '../testing/made-up-batches.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';
import { TrainingError } from './training-error.ts';
import type { StepEvent, TrainingEvent } from './training-event.ts';
import { ORIGINAL_LOSSES, type PhasePlan, type TrainingPlan } from './training-plan.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const whole: PhasePlan = {
  name: 'whole',
  steps: 4,
  trains: 'all',
  learningRate: 1e-3,
  weightDecay: 1e-4,
  schedule: { kind: 'cosine', warmupSteps: 2 },
  losses: { detection: 1, pyramid: 1, fusion: 1, crossEntropy: 0.5 },
};
const naming: PhasePlan = {
  ...whole,
  name: 'naming',
  steps: 3,
  trains: 'encoders',
  losses: { detection: 0, pyramid: 1, fusion: 0, crossEntropy: 0.5 },
};
const plan: TrainingPlan = {
  seed: 5,
  phases: [naming, whole],
  clipNorm: 1,
  averageDecay: 0.9,
  regularization: false,
  recompute: false,
  evaluateEvery: 0,
  saveEvery: 0,
};

type Given = Partial<TrainerOptions> & { readonly on?: Device };

/** A trainer of random weights, which frees them with itself. */
function makeTrainer({ on = device, parameters = ParameterTree.random(on, 3), ...options }: Given = {}) {
  const trainer = new Trainer({
    config: smallest,
    parameters,
    plan,
    batches: () => madeUpBatches(),
    ...options,
  });
  return { trainer, parameters };
}

async function all(events: AsyncIterable<TrainingEvent>): Promise<TrainingEvent[]> {
  const list: TrainingEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const stepsOf = (events: readonly TrainingEvent[]): StepEvent[] =>
  events.filter((event) => event.kind === 'step');

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const list: Uint8Array[] = [];
  for await (const part of parts) list.push(part.slice());
  return new Uint8Array(await new Blob(list as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

const numbersOf = (steps: readonly StepEvent[]) =>
  steps.map(({ step, loss, losses, gradientNorm, learningRate }) => ({
    step,
    loss,
    losses,
    gradientNorm,
    learningRate,
  }));

describe('a trainer', () => {
  it('goes through the phases of its plan, each with its losses and parameters', async () => {
    const { trainer, parameters } = makeTrainer();
    const before = await parameters.save();
    const events = await all(trainer.run());
    expect(events.map((event) => (event.kind === 'step' ? event.step : event.kind))).toEqual([
      'phase',
      1,
      2,
      3,
      'phase',
      4,
      5,
      6,
      7,
    ]);
    const [first, , , , second] = stepsOf(events);
    expect(Object.keys(first.losses)).toEqual(['pyramid', 'pyramidCrossEntropy']);
    expect(Object.keys(second.losses)).toEqual([
      'pyramid',
      'pyramidCrossEntropy',
      'fusion',
      'fusionCrossEntropy',
      'token',
      'box',
      'centerness',
      'crossEntropy',
    ]);
    const { loss, losses: l } = second;
    const sum =
      l.pyramid +
      l.fusion +
      l.token +
      l.box +
      l.centerness +
      0.5 * (l.pyramidCrossEntropy + l.fusionCrossEntropy + l.crossEntropy);
    expect(loss).toBeCloseTo(sum, 4);
    expect(await parameters.save()).not.toEqual(before);
    const [naming, whole] = events.filter((event) => event.kind === 'phase');
    expect(naming.tensors).toBeLessThan(whole.tensors);
    trainer.dispose();
  });

  it('learns: the loss of repeated batches falls', async () => {
    const repeated = madeUpBatches(2, () => batchOf([madeUpPart(0, 2)]));
    const phase: PhasePlan = {
      ...whole,
      steps: 30,
      losses: ORIGINAL_LOSSES,
      schedule: { kind: 'constant' },
      learningRate: 3e-3,
    };
    const { trainer } = makeTrainer({ plan: { ...plan, phases: [phase] }, batches: () => repeated });
    const steps = stepsOf(await all(trainer.run()));
    expect(steps[29].loss).toBeLessThan(0.8 * steps[0].loss);
    trainer.dispose();
  });

  it('gives the same bits recorded and anew, and continues from a checkpoint in any phase as if it had not stopped', async () => {
    const reference = makeTrainer({ captured: false });
    const expected = numbersOf(stepsOf(await all(reference.trainer.run())));
    const weights = await reference.parameters.save();
    reference.trainer.dispose();

    let file: Uint8Array | undefined;
    let found: ReturnType<typeof numbersOf> = [];
    for (const until of [2, 3, 6, 7]) {
      const { trainer, parameters } = makeTrainer();
      if (file) await trainer.restore(byteSource(file));
      expect(trainer.step).toBe(found.length);
      const stop = new AbortController();
      const events: TrainingEvent[] = [];
      for await (const event of trainer.run({ signal: stop.signal })) {
        events.push(event);
        if (event.kind === 'step' && event.step >= until - 1) stop.abort();
      }
      found = [...found, ...numbersOf(stepsOf(events))];
      file = await collect(trainer.checkpoint());
      if (until === 7) expect(await parameters.save()).toEqual(weights);
      trainer.dispose();
    }
    expect(found).toEqual(expected);
  });

  it('gives the same bits where it recomputes intermediates, with which a run may continue', async () => {
    const phases = [{ ...whole, steps: 3 }];
    const make = (recompute: boolean) =>
      makeTrainer({ plan: { ...plan, phases, regularization: true, recompute } }).trainer;
    const plain = make(false);
    const file = byteSource(await collect(plain.checkpoint()));
    const expected = numbersOf(stepsOf(await all(plain.run())));
    const sparing = make(true);
    expect(await sparing.restore(file)).toEqual([{ field: 'recompute', was: false, is: true }]);
    expect(numbersOf(stepsOf(await all(sparing.run())))).toEqual(expected);
    plain.dispose();
    sparing.dispose();
  });

  it('in mixed precision stays close to f32, with the same bits recorded, anew, and continued', async () => {
    const steps = 20;
    const phases: PhasePlan[] = [{ ...whole, steps, schedule: { kind: 'constant' } }];
    const make = (precision: TrainingPlan['precision'], captured = true) =>
      makeTrainer({
        plan: { ...plan, phases, precision, regularization: true },
        batches: () => madeUpBatches(4),
        captured,
      }).trainer;
    const take = async (trainer: Trainer, count: number) => {
      const stop = new AbortController();
      const taken: StepEvent[] = [];
      for await (const event of trainer.run({ signal: stop.signal })) {
        if (event.kind === 'step') taken.push(event);
        if (taken.length >= count - 1) stop.abort(); // the step in progress is finished
      }
      return numbersOf(taken);
    };
    using exact = make('f32');
    using mixed = make('mixed');
    const expected = await take(exact, steps);
    const actual = await take(mixed, steps);
    expect(actual[0].loss).toBe(expected[0].loss);
    expect(actual[0].gradientNorm).not.toBe(expected[0].gradientNorm);
    for (const [i, { loss, gradientNorm }] of actual.entries()) {
      expect(Math.abs(loss / expected[i].loss - 1)).toBeLessThan(0.01);
      expect(Math.abs(gradientNorm / expected[i].gradientNorm - 1)).toBeLessThan(0.05);
    }

    using anew = make('mixed', false);
    expect(await take(anew, 3)).toEqual(actual.slice(0, 3));
    const file = byteSource(await collect(anew.checkpoint()));
    using continued = make('mixed');
    await continued.restore(file);
    expect(await take(continued, 3)).toEqual(actual.slice(3, 6));
    using other = make('f32');
    await expect(other.restore(file)).rejects.toThrow('precision was "mixed", is "f32"');
    using wrong = makeTrainer({ plan: { ...plan, phases, precision: 'mixed', recompute: true } }).trainer;
    await expect(wrong.restore(file)).rejects.toThrow('recompute was false, is true');
  });

  it('refuses a precision that there is not', () => {
    const odd = { ...plan, precision: 'f16' as TrainingPlan['precision'] };
    expect(() => makeTrainer({ plan: odd })).toThrow('precision is "f16", expected f32 or mixed');
  });

  it("gives the same bits whatever the order of the model's parameters", async () => {
    const random = ParameterTree.random(device, 3);
    const build = (p: ParameterTree) => network(p, smallest);
    build(random);
    const stored = new Map(random.stored());
    const lossesIn = async (names: readonly string[]) => {
      const source = {
        names,
        shape: (name: string) => stored.get(name)?.shape,
        read: async (name: string) => (await stored.get(name)?.read()) as Float32Array,
      };
      const { parameters } = await ParameterTree.load(device, source, build);
      const { trainer } = makeTrainer({ parameters, plan: { ...plan, phases: [{ ...whole, steps: 5 }] } });
      const numbers = numbersOf(stepsOf(await all(trainer.run())));
      trainer.dispose();
      return numbers;
    };
    const names = [...stored.keys()];
    expect(await lossesIn(names.toReversed())).toEqual(await lossesIn(names));
    random.dispose();
  });

  it('has the gradients of the whole batch where it computes the batch in parts', async () => {
    const parts = (step: number) => [madeUpPart(step, 2, 0), madeUpPart(step, 2, 2)];
    const at = async (make: (step: number) => TrainingBatch) => {
      const phases = [{ ...whole, steps: 2 }];
      const { trainer } = makeTrainer({
        plan: { ...plan, phases },
        batches: () => madeUpBatches(2, (_, step) => make(step)),
      });
      const steps = numbersOf(stepsOf(await all(trainer.run())));
      trainer.dispose();
      return steps;
    };
    const together = await at((step) => batchOf([madeUpPart(step, 4)]));
    const apart = await at((step) => batchOf(parts(step)));
    for (const [i, { loss, gradientNorm }] of together.entries()) {
      expect(apart[i].loss / loss).toBeCloseTo(1, 4);
      expect(apart[i].gradientNorm / gradientNorm).toBeCloseTo(1, 3);
    }
  });

  it('skips a step whose gradients are not finite, and changes nothing by it', async () => {
    const broken = (batch: TrainingBatch): TrainingBatch => {
      batch.parts[0].pixels[5] = Number.NaN;
      return batch;
    };
    const run = async (change: (batch: TrainingBatch, step: number) => TrainingBatch, steps: number) => {
      const phases = [{ ...whole, steps, schedule: { kind: 'constant' } as const }];
      const { trainer, parameters } = makeTrainer({
        plan: { ...plan, phases },
        batches: () => madeUpBatches(2, change),
      });
      const events = stepsOf(await all(trainer.run()));
      const weights = [await parameters.save(), await trainer.weights.save()];
      trainer.dispose();
      return { events, weights };
    };
    const { events, weights } = await run((batch, step) => (step === 1 ? broken(batch) : batch), 2);
    expect(events.map(({ skipped }) => skipped)).toEqual([false, true]);
    expect(weights).toEqual((await run((batch) => batch, 1)).weights);
  });

  it('stops after three such steps in a row, with their batches, and keeps the weights', async () => {
    const { trainer, parameters } = makeTrainer({
      batches: () =>
        madeUpBatches(2, (batch, step) => {
          if (step > 0) batch.parts[0].pixels[0] = Number.POSITIVE_INFINITY;
          return batch;
        }),
      plan: { ...plan, phases: [{ ...whole, steps: 9 }] },
    });
    const error = await all(trainer.run()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TrainingError);
    expect(error).toMatchObject({ code: 'not-finite', message: expect.stringContaining('3-0.png, 3-1.png') });
    expect(
      (error as { batches: TrainingBatch[] }).batches.map(({ parts }) => parts[0].samples[0].path),
    ).toEqual(['1-0.png', '2-0.png', '3-0.png']);
    const weights = new Float32Array((await parameters.save()).buffer.slice(-4096));
    expect(weights.every(Number.isFinite)).toBe(true);
    trainer.dispose();
  });

  it('evaluates the averages, saves at its intervals and at the end, and reports both', async () => {
    const saved: number[] = [];
    const metrics = [0.3, 0.5, 0.4, 0.6];
    const { trainer, parameters } = makeTrainer({
      plan: { ...plan, evaluateEvery: 2, saveEvery: 3 },
      async evaluate({ parameters: averages }) {
        expect([...averages.all.keys()]).toEqual([...parameters.all.keys()]);
        expect(await averages.save()).not.toEqual(await parameters.save());
        return { AP50: metrics.shift() as number };
      },
      async save(parts, step) {
        await collect(parts);
        saved.push(step);
      },
    });
    const events = await all(trainer.run());
    const evaluations = events.filter((event) => event.kind === 'evaluation');
    expect(evaluations.map(({ step, best }) => [step, best])).toEqual([
      [2, true],
      [4, true],
      [6, false],
      [7, true],
    ]);
    expect(saved).toEqual([3, 6, 7]);
    trainer.dispose();
  });

  it('that was stopped in the middle of an evaluation makes it first when it continues', async () => {
    const stop = new AbortController();
    const interrupted = makeTrainer({
      plan: { ...plan, evaluateEvery: 2 },
      evaluate: async ({ signal }) => {
        stop.abort();
        signal?.throwIfAborted();
        return {};
      },
      async save(parts) {
        file = await collect(parts);
      },
    });
    let file: Uint8Array = new Uint8Array();
    expect(stepsOf(await all(interrupted.trainer.run({ signal: stop.signal })))).toHaveLength(2);
    interrupted.trainer.dispose();
    const { trainer } = makeTrainer({
      plan: { ...plan, evaluateEvery: 2 },
      evaluate: async ({ step }) => ({ AP50: step === 2 ? 1 : 0 }),
    });
    await trainer.restore(byteSource(file));
    const events = await all(trainer.run());
    expect(events[0]).toMatchObject({ kind: 'evaluation', step: 2, best: true });
    expect(events.filter(({ kind }) => kind === 'evaluation')).toHaveLength(4);
    expect(trainer.worseEvaluations).toBe(3);
    trainer.dispose();
  });

  it('lowers the learning rate when evaluations get no better, and continues so from a checkpoint', async () => {
    const schedule = { kind: 'plateau', patience: 0, factor: 0.5 } as const;
    const falling = { ...plan, evaluateEvery: 1, phases: [{ ...naming, steps: 6, schedule }] };
    const metrics = [0.5, 0.6, 0.6, 0.7, 0.1, 0.1];
    const evaluate = async ({ step }: { step: number }) => ({ AP: metrics[step - 1] });
    const rates = async (signal?: AbortSignal, from?: Uint8Array) => {
      const { trainer, parameters } = makeTrainer({ plan: falling, evaluate });
      if (from) await trainer.restore(byteSource(from));
      const steps = stepsOf(await all(trainer.run(signal ? { signal } : {})));
      const file = await collect(trainer.checkpoint());
      trainer.dispose();
      parameters.dispose();
      return { rates: steps.map(({ learningRate }) => learningRate / 1e-3), file };
    };
    const whole = await rates();
    expect(whole.rates.map((rate) => Number(rate.toFixed(6)))).toEqual([1, 1, 1, 0.5, 0.5, 0.25]);
    const short = { ...falling, phases: [{ ...naming, steps: 6, schedule }] };
    const { trainer } = makeTrainer({ plan: short, evaluate });
    const stop = new AbortController();
    for await (const event of trainer.run({ signal: stop.signal })) {
      if (event.kind === 'evaluation' && event.step === 4) stop.abort();
    }
    const file = await collect(trainer.checkpoint());
    trainer.dispose();
    const rest = await rates(undefined, file);
    expect(rest.rates).toEqual(whole.rates.slice(-rest.rates.length));
    expect(rest.file).toEqual(whole.file);
    expect(() => makeTrainer({ plan: falling })).toThrow('is plateau, which needs something to evaluate on');
  });

  it('refuses a checkpoint that is cut, changed in one bit, or of another plan', async () => {
    const { trainer } = makeTrainer({ plan: { ...plan, phases: [naming] } });
    const file = await collect(trainer.checkpoint());
    const restore = async (bytes: Uint8Array, into = trainer): Promise<unknown> =>
      into.restore(byteSource(bytes)).catch((caught: unknown) => caught);
    expect(await restore(file)).toEqual([]);
    for (const share of [0, 0.001, 0.3, 0.99]) {
      expect(await restore(file.slice(0, Math.floor(share * file.length)))).toMatchObject({
        code: 'damaged-checkpoint',
      });
    }
    for (const share of [0.00001, 0.01, 0.2, 0.5, 0.9, 0.999]) {
      const changed = file.slice();
      changed[Math.floor(share * file.length)] ^= 4;
      expect(await restore(changed)).toMatchObject({ code: 'damaged-checkpoint' });
    }
    const phases = [{ ...naming, steps: 4 }];
    const other = makeTrainer({ plan: { ...plan, clipNorm: 2, phases } }).trainer;
    expect(await restore(file, other)).toMatchObject({
      code: 'other-run',
      message: expect.stringContaining('phases[0].steps was 3, is 4; clipNorm was 1, is 2'),
      changes: [
        { field: 'phases[0].steps', was: 3, is: 4 },
        { field: 'clipNorm', was: 1, is: 2 },
      ],
    });
    other.dispose();
    trainer.dispose();
  });

  it('refuses a checkpoint of other settings, but for changes that it is told to accept, and returns those', async () => {
    const settings = { batch: 4, data: { folder: 'a' } };
    const { trainer } = makeTrainer({ settings });
    const file = byteSource(await collect(trainer.checkpoint()));
    expect(await trainer.restore(file)).toEqual([]);
    const moved = makeTrainer({
      plan: { ...plan, saveEvery: 9 },
      settings: { ...settings, data: { folder: 'b' } },
    }).trainer;
    const change = { field: 'data.folder', was: 'a', is: 'b' };
    expect(await moved.restore(file).catch((error: unknown) => error)).toMatchObject({
      code: 'other-run',
      message: expect.stringContaining('data.folder was "a", is "b"'),
      changes: [change],
    });
    const interval = { field: 'saveEvery', was: 0, is: 9 };
    expect(await moved.restore(file, { accepts: ({ field }) => field === 'data.folder' })).toEqual([
      interval,
      change,
    ]);
    const plateau = { kind: 'plateau' } as const;
    const phases = plan.phases.map((phase) => ({ ...phase, schedule: plateau }));
    const judged = (evaluateEvery: number) =>
      makeTrainer({ plan: { ...plan, phases, evaluateEvery }, evaluate: async () => ({}) }).trainer;
    const [often, seldom] = [judged(2), judged(3)];
    const other = byteSource(await collect(often.checkpoint()));
    await expect(seldom.restore(other)).rejects.toThrow('evaluateEvery was 2, is 3');
    for (const one of [often, seldom]) one.dispose();
    const without = makeTrainer().trainer; // such as one that was written before there were settings
    expect(await without.restore(file)).toEqual([]);
    expect(await moved.restore(byteSource(await collect(without.checkpoint())))).toEqual([interval]);
    for (const one of [trainer, moved, without]) one.dispose();
  });
});

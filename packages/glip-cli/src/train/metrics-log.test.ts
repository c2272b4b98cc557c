import { appendFile, mkdir, mkdtemp, readFile, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StepEvent } from '@glip-wgpu/glip-train';
import { describe, expect, it } from 'vitest';
import { InputError } from '../inputs/input-error.ts';
import type { RunStart } from './log-lines.ts';
import { MetricsLog, readLog } from './metrics-log.ts';

const start: RunStart = {
  adapter: 'a GPU',
  model: 'emoji-tiny',
  data: 'scenes',
  seed: 1,
  command: 'glip train --data scenes',
  versions: { glip: '1.0.0' },
  step: 0,
};

function stepEvent(step: number, more: Partial<StepEvent> = {}): StepEvent {
  return {
    kind: 'step',
    phase: 'all',
    step,
    steps: 20,
    loss: step,
    losses: { tokens: step / 2 },
    gradientNorm: 1,
    learningRate: 1e-3,
    skipped: false,
    pictures: 4,
    seconds: 0.5,
    waitingSeconds: 0.05,
    remainingSeconds: 0,
    ...more,
  };
}

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'glip-log-'));

describe('the log of a run', () => {
  it('has a line of means for every few steps, and one for every other event', async () => {
    const run = await folder();
    {
      await using log = await MetricsLog.open(run, start, 2);
      await log.add({ kind: 'phase', phase: 'all', step: 0, steps: 20, tensors: 3, parameters: 30 });
      for (const step of [1, 2, 3]) await log.add(stepEvent(step));
      await log.add({
        kind: 'evaluation',
        step: 3,
        metrics: { AP50: 0.5, noun: Number.NaN },
        seconds: 2,
        best: true,
      });
      await log.add({ kind: 'checkpoint', step: 3, seconds: 0.1 });
    }
    const lines = (await readFile(join(run, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line));
    expect(parsed.map(({ kind }) => kind)).toEqual([
      'run',
      'phase',
      'step',
      'step',
      'evaluation',
      'checkpoint',
    ]);
    expect(parsed[0]).toMatchObject({ ...start, date: expect.stringMatching(/^20\d\d-/) });
    expect(parsed[2]).toMatchObject({
      phase: 'all',
      step: 2,
      steps: 20,
      count: 2,
      loss: 1.5,
      losses: { tokens: 0.75 },
      gradientNorm: 1,
      learningRate: 1e-3,
      skipped: 0,
      picturesPerSecond: 8,
      waitingShare: 0.1,
      seconds: 1,
      time: expect.stringMatching(/^20\d\d-/),
    });
    expect(parsed[3]).toMatchObject({ step: 3, count: 1, loss: 3 });
    expect(parsed[4].metrics).toEqual({ AP50: 0.5, noun: null });
  });

  it('leaves skipped steps out of the means and counts them', async () => {
    const run = await folder();
    const broken = { skipped: true, gradientNorm: Number.POSITIVE_INFINITY, loss: Number.NaN };
    {
      await using log = await MetricsLog.open(run, start, 2);
      for (const event of [stepEvent(1), stepEvent(2, broken), stepEvent(3, broken), stepEvent(4, broken)])
        await log.add(event);
    }
    const { steps } = await readLog(run);
    expect(steps[0]).toMatchObject({ loss: 1, gradientNorm: 1, skipped: 1, count: 2 });
    expect(steps[1]).toMatchObject({ loss: null, gradientNorm: null, losses: {}, skipped: 2 });
  });

  it('does not mix steps of two phases, and writes the last step at once', async () => {
    const run = await folder();
    await using log = await MetricsLog.open(run, start);
    await log.add(stepEvent(1, { phase: 'naming' }));
    await log.add(stepEvent(2, { steps: 3 }));
    await log.add(stepEvent(3, { steps: 3 }));
    expect((await readLog(run)).steps.map(({ phase, step, count }) => [phase, step, count])).toEqual([
      ['naming', 1, 1],
      ['all', 3, 2],
    ]);
  });

  it('replaces steps that were lost and taken again by the later ones', async () => {
    const run = await folder();
    {
      await using log = await MetricsLog.open(run, start, 1);
      await log.add({ kind: 'phase', phase: 'all', step: 0, steps: 20, tensors: 3, parameters: 30 });
      for (const step of [1, 2, 3, 4]) await log.add(stepEvent(step));
      await log.add({ kind: 'evaluation', step: 4, metrics: { AP: 0.1 }, seconds: 1, best: true });
    }
    {
      await using log = await MetricsLog.open(run, { ...start, step: 2 }, 1);
      await log.add({ kind: 'phase', phase: 'all', step: 0, steps: 20, tensors: 3, parameters: 30 });
      await log.add(stepEvent(3, { loss: 30 }));
    }
    const log = await readLog(run);
    expect(log.starts.map(({ step }) => step)).toEqual([0, 2]);
    expect(log.steps.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 1],
      [2, 2],
      [3, 30],
    ]);
    expect(log.evaluations).toEqual([]);
    expect(log.phases).toHaveLength(1);
  });

  it('has whole lines wherever a process was killed', async () => {
    const run = await folder();
    {
      await using log = await MetricsLog.open(run, start, 1);
      for (const step of [1, 2]) await log.add(stepEvent(step));
    }
    const path = join(run, 'metrics.jsonl');
    const whole = await readFile(path);
    const torn = whole.length - 20;
    await truncate(path, torn);
    expect((await readLog(run)).steps.map(({ step }) => step)).toEqual([1]);
    {
      await using log = await MetricsLog.open(run, { ...start, step: 1 }, 1);
      expect(log.log.steps.map(({ step }) => step)).toEqual([1]);
      await log.add(stepEvent(2));
    }
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(['run', 'step', 'run', 'step']);
  });

  it('removes a torn line of its own before the next, as a full disk leaves one', async () => {
    const run = await folder();
    await using log = await MetricsLog.open(run, start, 1);
    await log.add(stepEvent(1));
    await appendFile(join(run, 'metrics.jsonl'), '{"kind":"st');
    await log.add(stepEvent(2));
    expect((await readFile(join(run, 'metrics.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(3);
    expect((await readLog(run)).steps).toHaveLength(2);
  });

  it.each([
    '{"kind":"step"}',
    '{"kind":"step","step":3,"losses":null}',
    '[]',
    'null',
    '7',
    '{"kind":"other","step":1}',
  ])('is read without a line that is none: %s', async (line) => {
    const run = await folder();
    await using log = await MetricsLog.open(run, start, 1);
    await log.add(stepEvent(1));
    await appendFile(join(run, 'metrics.jsonl'), `${line}\n`);
    expect((await readLog(run)).steps).toHaveLength(1);
  });

  it('is empty for a folder without one, and cannot be a folder', async () => {
    const run = await folder();
    expect((await readLog(run)).starts).toEqual([]);
    await mkdir(join(run, 'metrics.jsonl'));
    await expect(MetricsLog.open(run, start)).rejects.toThrow(InputError);
    await expect(readLog(run)).rejects.toThrow(/metrics\.jsonl: cannot be read/);
  });
});

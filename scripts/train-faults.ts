import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { FAULTS, type Fault, FaultyGpu } from '@glip-wgpu/tensor-wgpu/testing';
import { create, globals } from 'webgpu';
import { isUserError } from '../packages/glip-cli/src/inputs/input-error.ts';
import { setQuiet } from '../packages/glip-cli/src/outputs/terminal.ts';
import {
  decoderModule,
  tinyRun,
  writeTinyDataset,
  writeTinyModel,
} from '../packages/glip-cli/src/testing/tiny-run.ts';
import type { RunConfig } from '../packages/glip-cli/src/train/run-config.ts';
import { RunFolder } from '../packages/glip-cli/src/train/run-folder.ts';
import { trainRun } from '../packages/glip-cli/src/train/train-run.ts';
import { openRunData } from '../packages/glip-cli/src/train/training-data.ts';
import { DeviceError, openDevice } from '../packages/tensor-wgpu/src/index.ts';

const SAVED = 2; // step of the checkpoint from which every run starts
const COLD = SAVED + 1; // the step that records the passes; the next one replays them
const STEPS = SAVED + 3;
const STARTS = ['cold', 'warm'] as const;
type Start = (typeof STARTS)[number];

interface FaultPoint {
  readonly start: Start;
  readonly fault: Fault;
  /** Call of the step: the first is 1. A cold step's are those from opening the GPU on. */
  readonly at: number;
}

/**
 * Makes the GPU fail at points spread over the calls of a training step, a cold one with all before it and a warm one, in
 * each way. The run must go on by itself or end with a typed error, its checkpoints must be whole, and it must end with the
 * weights of a run without a fault, bit for bit. `npm run train:faults [-- --points 100] [--start cold|warm]
 * [--fault throw|lost|silent|out-of-memory|validation]`, after `npm run build`.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      points: { type: 'string', default: '100' },
      fault: { type: 'string' },
      start: { type: 'string' },
    },
  });
  const faults = FAULTS.filter((fault) => !values.fault || values.fault === fault);
  const starts = STARTS.filter((start) => !values.start || values.start === start);
  Object.assign(globalThis, globals);
  setQuiet(true);
  const root = mkdtempSync(join(tmpdir(), 'glip-train-faults-'));
  const gpu = new FaultyGpu(create([]));
  try {
    const runs = await FaultedTraining.open(root, gpu);
    console.log(STARTS.map((start) => `${start}: ${runs.calls[start]} GPU calls`).join(', '));
    return await report(runs, Number(values.points), { faults, starts });
  } finally {
    gpu.dispose();
    rmSync(root, { recursive: true, force: true });
  }
}

async function report(
  runs: FaultedTraining,
  points: number,
  { faults, starts }: { readonly faults: readonly Fault[]; readonly starts: readonly Start[] },
): Promise<number> {
  const outcomes = new Map<string, number>();
  let wrong = 0;
  const each = Math.ceil(points / starts.length);
  for (let i = 0; i < each; i++) {
    for (const start of starts) {
      const at = 1 + Math.floor((runs.calls[start] * (i + 0.5)) / each);
      const point = { start, fault: faults[i % faults.length], at };
      const outcome = await runs.run(point);
      outcomes.set(outcome.how, (outcomes.get(outcome.how) ?? 0) + 1);
      for (const problem of outcome.problems) {
        wrong += 1;
        console.log(`${start}, ${point.fault} at call ${at}: ${problem}`);
      }
    }
    if ((i + 1) % 5 === 0) console.log(`${starts.length * (i + 1)} faults, ${wrong} wrong`);
  }
  for (const [how, count] of [...outcomes].sort()) console.log(`${count} x ${how}`);
  console.log(`${starts.length * each} faults, ${wrong} wrong`);
  return wrong > 0 ? 1 : 0;
}

/** Outcome of a run with a fault. */
interface Outcome {
  /** In words, to be counted. */
  readonly how: string;
  readonly problems: readonly string[];
}

/** Runs that start from one checkpoint on a GPU that fails. */
class FaultedTraining {
  readonly #root: string;
  readonly #gpu: FaultyGpu;
  readonly #config: RunConfig;
  #calls: Record<Start, number> = { cold: 0, warm: 0 };
  /** Checksums of the run without a fault, by file. */
  readonly #expected = new Map<string, string>();

  private constructor(root: string, gpu: FaultyGpu, config: RunConfig) {
    this.#root = root;
    this.#gpu = gpu;
    this.#config = config;
  }

  static async open(root: string, gpu: FaultyGpu): Promise<FaultedTraining> {
    const model = await writeTinyModel(join(root, 'tiny'));
    const folder = await writeTinyDataset(join(root, 'squares'));
    const runs = new FaultedTraining(
      root,
      gpu,
      tinyRun(model, folder, { phase: { steps: STEPS }, evaluations: [], evaluateEvery: 0, saveEvery: 1 }),
    );
    const start = new AbortController();
    await runs.#train('start', {
      signal: start.signal,
      step: (step) => step === SAVED && start.abort(),
    });
    runs.#remember('start');
    cpSync(join(root, 'start'), join(root, 'whole'), { recursive: true });
    const seen = new Map<number, number>();
    await runs.#train('whole', {
      step: (step) => seen.set(step, gpu.calls),
      saved: () => runs.#remember('whole'),
    });
    const [cold, warm] = [COLD, COLD + 1].map((step) => seen.get(step) ?? 0);
    runs.#calls = { cold, warm: warm - cold };
    return runs;
  }

  /** GPU calls of each kind of step. */
  get calls(): Readonly<Record<Start, number>> {
    return this.#calls;
  }

  async run({ start, fault, at }: FaultPoint): Promise<Outcome> {
    const problems: string[] = [];
    cpSync(join(this.#root, 'start'), join(this.#root, 'broken'), { recursive: true });
    let opened = 0;
    const failure = await this.#train('broken', {
      opened: () => {
        opened += 1;
        if (start === 'cold' && opened === 1) this.#gpu.failAt(fault, at - this.#gpu.calls);
      },
      step: (step) => start === 'warm' && opened === 1 && step === COLD && this.#gpu.failAt(fault, at),
    }).then(
      (): unknown => undefined,
      (error: unknown) => error,
    );
    const call = this.#gpu.failed;
    if (call === undefined) problems.push('not reached');
    const full = failure instanceof DeviceError && failure.reason === 'out-of-memory';
    if (failure && !(isUserError(failure) && full)) problems.push(`ended: ${failure}`);
    problems.push(...this.#damaged('broken').map((file) => `${file} is damaged`));
    if (failure) await this.#train('broken');
    const found = this.#sums('broken');
    for (const file of [stateFile(STEPS), 'model.safetensors'])
      if (found.get(file) !== this.#expected.get(file)) problems.push(`${file} differs in the end`);
    rmSync(join(this.#root, 'broken'), { recursive: true });
    const reason = failure instanceof DeviceError ? failure.reason : String(failure);
    const restarts = opened === 1 ? 'went on without a restart' : 'went on from the last checkpoint';
    return { how: `${start}, ${fault}: ${failure ? `ended with "${reason}", resumed` : restarts}`, problems };
  }

  async #train(
    name: string,
    {
      signal = new AbortController().signal,
      opened = () => {},
      step = () => {},
      saved = () => {},
    }: {
      signal?: AbortSignal;
      opened?(): void;
      step?(step: number): unknown;
      saved?(): void;
    } = {},
  ): Promise<void> {
    const folder = new RunFolder(join(this.#root, name));
    await folder.writeConfig(this.#config);
    await trainRun(folder, this.#config, {
      data: await openRunData(this.#config),
      signal,
      openDevice: async () => {
        const device = await openDevice({ gpu: this.#gpu.gpu });
        opened();
        return device;
      },
      decoder: decoderModule,
      reporter: {
        started() {},
        event(event) {
          if (event.kind === 'step') step(event.step);
          if (event.kind === 'checkpoint') saved();
        },
        leftOut() {},
      },
    });
  }

  #remember(name: string): void {
    for (const [file, sum] of this.#sums(name)) this.#expected.set(file, sum);
  }

  /** Checkpoints that differ from those of the run without a fault. */
  #damaged(name: string): string[] {
    const states = [...this.#sums(name)].filter(([file]) => file.startsWith('state'));
    return states.flatMap(([file, sum]) => (this.#expected.get(file) === sum ? [] : [file]));
  }

  /** Checksums of the files of the newest checkpoints. */
  #sums(name: string): Map<string, string> {
    const folder = join(this.#root, name, 'checkpoints', 'last');
    return new Map(
      readdirSync(folder).map((file) => [
        file,
        createHash('sha256')
          .update(readFileSync(join(folder, file)))
          .digest('hex'),
      ]),
    );
  }
}

function stateFile(step: number): string {
  return `state-${String(step).padStart(8, '0')}.safetensors`;
}

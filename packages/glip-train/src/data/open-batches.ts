import { type BatchOptions, type BatchRules, batchRules } from './batch-options.ts';
import { CategoryNames } from './category-names.ts';
import { DataError } from './data-error.ts';
import { importDecoder } from './decoder-module.ts';
import { fixedPrompt } from './fixed-prompt.ts';
import { PartMaker } from './part-maker.ts';
import type { Decode, PartMakers, PartSettings, Slot } from './part-request.ts';
import { Planner, type StepPlan } from './planner.ts';
import type { BatchSource, MicroBatch, TrainingBatch } from './training-batch.ts';
import type { LeftOut } from './usable-images.ts';
import { WorkerPool } from './worker-pool.ts';

/**
 * Opens batches for training. Their images, prompts and boxes are a pure function of the options and the step.
 *
 * @throws DataError for options that cannot be used, and datasets without an image to train on
 */
export async function openBatches(options: BatchOptions): Promise<BatchSource> {
  const rules = batchRules(options);
  expectFixedPromptsFit(options, rules);
  const planner = new Planner(options, rules);
  return new PlannedBatches(planner, rules, await partMakers(options, planner.settings, rules.workers));
}

async function partMakers(
  { decode, decoder, workerUrl, tokenizer }: BatchOptions,
  settings: PartSettings,
  workers: number,
): Promise<PartMakers> {
  const module = hrefOf(decoder);
  if (workers > 0) {
    const pieces = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.idToToken(id));
    return WorkerPool.start({ settings, pieces, decoder: module }, workers, hrefOf(workerUrl));
  }
  const maker = new PartMaker(settings, tokenizer, decode ?? (await decoderOf(module)));
  return { make: (request) => maker.make(request), dispose: () => {} };
}

const hrefOf = (url: BatchOptions['decoder']): string | undefined =>
  typeof url === 'object' ? url.href : url;

async function decoderOf(module: string | undefined): Promise<Decode> {
  try {
    return await importDecoder(module);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataError('decoder', `cannot be used: ${reason}`, { cause });
  }
}

class PlannedBatches implements BatchSource {
  readonly #planner: Planner;
  readonly #rules: BatchRules;
  readonly #makers: PartMakers;
  #disposed = false;

  constructor(planner: Planner, rules: BatchRules, makers: PartMakers) {
    this.#planner = planner;
    this.#rules = rules;
    this.#makers = makers;
  }

  get leftOut(): readonly LeftOut[] {
    return this.#planner.leftOut;
  }

  get stepsPerEpoch(): number {
    return this.#planner.stepsPerEpoch;
  }

  async *batches(first: number): AsyncGenerator<TrainingBatch> {
    if (!(Number.isSafeInteger(first) && first >= 0)) {
      throw new DataError('first', `is ${first}, expected the number of a step`);
    }
    const ahead: Promise<TrainingBatch>[] = [];
    for (let step = first; ; ) {
      while (ahead.length <= this.#rules.prefetch) {
        const batch = this.#batch(step++);
        batch.catch(() => {}); // thrown when its turn comes
        ahead.push(batch);
      }
      yield await (ahead.shift() as Promise<TrainingBatch>);
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#makers.dispose();
  }

  async #batch(step: number): Promise<TrainingBatch> {
    const plan = this.#planner.plan(step);
    const { batch, accumulate } = this.#rules;
    const size = batch / accumulate;
    const parts: MicroBatch[] = await Promise.all(
      Array.from({ length: accumulate }, (_, i) => this.#part(plan, i * size, (i + 1) * size)),
    );
    const sum = (of: (part: MicroBatch) => number): number =>
      parts.reduce((total, part) => total + of(part), 0);
    return {
      parts,
      normalizers: {
        positives: sum(({ targets }) => targets.positives),
        centernessSum: sum(({ targets }) => targets.centernessSum),
      },
    };
  }

  /** Places `from` to before `to` of a step; pictures that cannot be read are replaced. */
  async #part(plan: StepPlan, from: number, to: number): Promise<MicroBatch> {
    const planner = this.#planner;
    const samples = plan.samples.slice(from, to);
    for (;;) {
      this.#expectOpen();
      const slots = await Promise.all(
        samples.map(async (sample, i): Promise<Slot | string> => {
          try {
            return planner.slot(sample, plan, from + i, await planner.read(sample));
          } catch (cause) {
            return cause instanceof Error ? cause.message : String(cause);
          }
        }),
      );
      const failures = slots.flatMap((slot, i) =>
        typeof slot === 'string' ? [{ index: from + i, reason: slot }] : [],
      );
      if (failures.length === 0) {
        this.#expectOpen();
        const { step, size, shape } = plan;
        const result = await this.#makers.make({ step, size, shape, slots: slots as Slot[] });
        if ('part' in result) return result.part;
        failures.push(...result.failures);
      }
      for (const { index, reason } of failures) planner.leaveOut(samples[index - from], reason);
      for (const { index } of failures) samples[index - from] = planner.replacement(plan, index);
    }
  }

  #expectOpen(): void {
    if (this.#disposed) throw new DataError('batches', 'were disposed');
  }
}

function expectFixedPromptsFit({ datasets, tokenizer, compat }: BatchOptions, rules: BatchRules): void {
  for (const [d, { categories }] of datasets.entries()) {
    if (rules.prompts[d].categories !== 'fixed') continue;
    const { wording } = rules.prompts[d];
    const listed = categories.map(({ name }) => name);
    const unknown = Object.keys(wording).find((name) => !listed.includes(name));
    if (unknown !== undefined) {
      throw new DataError(`wording of ${JSON.stringify(unknown)}`, `is for no category of datasets[${d}]`);
    }
    const vocabulary = { categories: listed, attributed: [], values: [] };
    const names = new CategoryNames(vocabulary, tokenizer, compat !== undefined);
    const length = tokenizer.encode(fixedPrompt(names, wording).text).ids.length;
    if (length <= rules.tokens) continue;
    const advice = `texts have ${rules.tokens}; use categories: 'sampled'`;
    throw new DataError(
      `datasets[${d}]`,
      `have ${categories.length} categories of ${length} tokens, ${advice}`,
    );
  }
}

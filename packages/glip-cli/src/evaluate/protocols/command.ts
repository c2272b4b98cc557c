import type { Values } from '../../arguments/command.ts';
import { choiceOf, countOf } from '../../arguments/numbers.ts';
import { datasetFolder } from '../../data/folder.ts';
import { InputError } from '../../inputs/input-error.ts';
import { stopSignal } from '../../interruption.ts';
import {
  type ADAPTER_OPTION,
  chosenAdapter,
  chosenModel,
  type MODEL_OPTION,
  type MODEL_OPTIONS,
} from '../../model.ts';
import { modelSettings } from '../../model-settings.ts';
import { clearProgress } from '../../outputs/progress.ts';
import { complain, note, print, printJson } from '../../outputs/terminal.ts';
import { prepareFolder } from '../../outputs/whole-file.ts';
import { writeBenchmarkFolder } from './benchmark-folder.ts';
import type { ProtocolEnd } from './evaluate-sets.ts';
import { PROTOCOL_NAMES, type ProtocolName } from './open-protocol.ts';
import { jsonOf, textOf } from './results.ts';
import { runProtocol } from './run-protocol.ts';

/** Options of `glip evaluate` that belong to benchmarks. */
export const PROTOCOL_OPTIONS = {
  protocol: {
    type: 'string',
    value: PROTOCOL_NAMES.join('|'),
    help: 'a benchmark of the paper, with its data, prompts, limits and metric; --data has its usual folders',
  },
  'manual-prompts': {
    type: 'boolean',
    help: 'with --protocol odinw: the names and prompts written by hand for six data sets',
  },
} as const;

export type ProtocolValues = Values<
  typeof PROTOCOL_OPTIONS & typeof MODEL_OPTIONS & typeof MODEL_OPTION & typeof ADAPTER_OPTION
> & {
  readonly data?: string;
  readonly split?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly resume?: boolean;
  readonly 'max-images'?: string;
  readonly pictures?: string;
};

/** Options that a benchmark decides itself. */
const NOT_WITH_PROTOCOL = ['format', 'categories-per-prompt'] as const;

/** Options of a benchmark, checked. */
export interface ChosenProtocol {
  readonly protocol: ProtocolName;
  readonly manualPrompts: boolean;
  readonly split: string | undefined;
  readonly maxImages: number | undefined;
  /** Best and worst pictures in the report, so many of each. */
  readonly pictures: number;
}

/** @throws InputError for an unknown benchmark, and for options that do not go with it */
export function chosenProtocol(values: ProtocolValues): ChosenProtocol {
  const protocol = choiceOf('protocol', values.protocol, PROTOCOL_NAMES);
  const given: Readonly<Record<string, unknown>> = values;
  const other = NOT_WITH_PROTOCOL.find((name) => given[name] !== undefined);
  if (other !== undefined) throw new InputError(`--${other} does not go with --protocol, which decides it`);
  if (protocol === undefined) throw new InputError(`--protocol: expected ${PROTOCOL_NAMES.join(', ')}`);
  const manualPrompts = values['manual-prompts'] ?? false;
  if (manualPrompts && protocol !== 'odinw')
    throw new InputError('--manual-prompts are those of --protocol odinw');
  if (values.out === undefined && values.pictures !== undefined)
    throw new InputError('--pictures needs a folder for them: --out DIR');
  const pictures = countOf('pictures', values.pictures) ?? 12;
  const maxImages = countOf('max-images', values['max-images']);
  return { protocol, manualPrompts, split: values.split, maxImages, pictures };
}

/** Runs a benchmark and prints its figures; with --out, writes its report. @throws InputError */
export async function evaluateProtocol(values: ProtocolValues, data: string): Promise<void> {
  const { pictures, ...chosen } = chosenProtocol(values);
  const { out, json = false, resume = false } = values;
  const model = chosenModel(values, await chosenAdapter(values));
  await datasetFolder(data);
  if (out !== undefined) await prepareFolder(out);
  const settings = await modelSettings(values);
  const end = await runProtocol({ ...chosen, model, data, settings, out, resume, signal: stopSignal() });
  if (!end) {
    complain(
      `glip: stopped before the evaluation was complete${out === undefined ? '' : '; --resume continues'}`,
    );
    process.exitCode = 130;
    return;
  }
  await reportProtocol(end, { json, out, pictures });
}

export interface ProtocolReport {
  readonly json: boolean;
  readonly out: string | undefined;
  readonly pictures: number;
}

/** Prints figures, and writes the report if it has a folder. The exit code is 1 if pictures were left out. */
export async function reportProtocol(
  { result, reports }: ProtocolEnd,
  { json, out, pictures }: ProtocolReport,
): Promise<void> {
  if (json) printJson(jsonOf(result), 2);
  else print(textOf(result));
  if (out !== undefined) {
    await writeBenchmarkFolder(result, reports, { folder: out, pictures });
    clearProgress();
    note(`wrote ${out}/index.html`);
  }
  if (result.unreadable.length > 0) process.exitCode = 1;
}

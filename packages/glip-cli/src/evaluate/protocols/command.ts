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
import { jsonOf, textOf } from './results.ts';
import { PROTOCOL_NAMES, runProtocol } from './run-protocol.ts';

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

type ProtocolValues = Values<
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

/** Runs a benchmark and prints its figures; with --out, writes its report. @throws InputError */
export async function evaluateProtocol(values: ProtocolValues, data: string): Promise<void> {
  const protocol = choiceOf('protocol', values.protocol, PROTOCOL_NAMES);
  const given: Readonly<Record<string, unknown>> = values;
  const other = NOT_WITH_PROTOCOL.find((name) => given[name] !== undefined);
  if (other !== undefined) throw new InputError(`--${other} does not go with --protocol, which decides it`);
  if (protocol === undefined) throw new InputError(`--protocol: expected ${PROTOCOL_NAMES.join(', ')}`);
  const manualPrompts = values['manual-prompts'] ?? false;
  if (manualPrompts && protocol !== 'odinw')
    throw new InputError('--manual-prompts are those of --protocol odinw');
  const { out, resume = false } = values;
  if (out === undefined && values.pictures !== undefined)
    throw new InputError('--pictures needs a folder for them: --out DIR');
  const pictures = countOf('pictures', values.pictures) ?? 12;
  const model = chosenModel(values, await chosenAdapter(values));
  await datasetFolder(data);
  if (out !== undefined) await prepareFolder(out);
  const end = await runProtocol({
    protocol,
    model,
    data,
    manualPrompts,
    split: values.split,
    maxImages: countOf('max-images', values['max-images']),
    settings: await modelSettings(values),
    ...{ out, resume, signal: stopSignal() },
  });
  if (!end) {
    complain(
      `glip: stopped before the evaluation was complete${out === undefined ? '' : '; --resume continues'}`,
    );
    process.exitCode = 130;
    return;
  }
  const { result, reports } = end;
  if (values.json) printJson(jsonOf(result), 2);
  else print(textOf(result));
  if (out !== undefined) {
    await writeBenchmarkFolder(result, reports, { folder: out, pictures });
    clearProgress();
    note(`wrote ${out}/index.html`);
  }
  if (result.unreadable.length > 0) process.exitCode = 1;
}

import { defineCommand, type Values } from './arguments/command.ts';
import { InputError } from './inputs/input-error.ts';
import { setQuiet } from './outputs/terminal.ts';
import { mergeRun } from './queue/merge-run.ts';

const OPTIONS = {
  shards: { type: 'string', value: 'DIR', help: 'the folder of the plan and the results' },
  'out-dir': {
    type: 'string',
    value: 'DIR',
    help: 'where the dataset, or the report of the evaluation, is written (as the run said)',
    elsewhere: ['out', 'output'],
  },
  json: { type: 'boolean', help: 'of an evaluation: print the figures as JSON' },
  quiet: { type: 'boolean', help: 'print no progress' },
} as const;

/** `glip merge` */
export const merge = defineCommand({
  name: 'merge',
  usage: '--shards DIR [options]',
  summary: 'make the dataset, or the figures, of shards that workers have done',
  options: OPTIONS,
  notes: `The dataset is the one that a single process writes, bit for bit, and figures are equal to the last digit. Missing results are
an error, and so is a picture that occurs twice. manifest.json in the folder of shards has the settings and the SHA-256 of all results
and files. It needs no Redis and no GPU.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  setQuiet(values.quiet);
  const { shards: folder, json = false } = values;
  if (folder === undefined || positionals.length > 0)
    throw new InputError('name the folder of shards: glip merge --shards DIR');
  await mergeRun(folder, { to: values['out-dir'], json });
}

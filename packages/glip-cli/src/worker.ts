import { defineCommand, type Values } from './arguments/command.ts';
import { countOf } from './arguments/numbers.ts';
import { InputError } from './inputs/input-error.ts';
import { stopSignal } from './interruption.ts';
import { ADAPTER_OPTION, MODEL_OPTION, MODEL_OPTIONS } from './model.ts';
import { duration } from './outputs/progress.ts';
import { complain, note, setQuiet } from './outputs/terminal.ts';
import { captionTask } from './queue/caption-shards.ts';
import { evaluateTask } from './queue/evaluate-shards.ts';
import { labelTask } from './queue/label-shards.ts';
import { modelValues } from './queue/model-identity.ts';
import { placeOf, QUEUE_OPTIONS } from './queue/options.ts';
import { queuePackage } from './queue/package.ts';
import { protocolTask } from './queue/protocol-shards.ts';

const OPTIONS = {
  ...QUEUE_OPTIONS,
  shards: {
    type: 'string',
    value: 'DIR',
    help: 'the folder of shards on this machine, if it has another path here than where the run was started',
  },
  concurrency: {
    type: 'string',
    value: 'N',
    help: 'shards at a time (1); two keep a large GPU busy while pictures are decoded',
  },
  'until-done': { type: 'boolean', help: 'end when the run is done, instead of waiting for the next' },
  lease: {
    type: 'string',
    value: 'SECONDS',
    help: 'time after which the shard of a worker that is silent goes to another one (60)',
  },
  ...MODEL_OPTION,
  ...ADAPTER_OPTION,
  quiet: { type: 'boolean', help: 'print errors only' },
  ...MODEL_OPTIONS,
} as const;

/** `glip worker` */
export const worker = defineCommand({
  name: 'worker',
  usage: '--queue URL [--model MODEL] [options]',
  summary: 'work on the shards of a queue, one machine of many',
  options: OPTIONS,
  notes: `The run decides what is done; options of the model say where it is on this machine. A model with other weights or settings,
or another version of this program, is refused. The worker may be killed at any moment: its shard goes to another one. Ctrl-C gives
shards in work back at once. Results are files in the folder of shards.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  setQuiet(values.quiet);
  if (positionals.length > 0) throw new InputError(`${positionals[0]}: glip worker takes options only`);
  const concurrency = countOf('concurrency', values.concurrency);
  const lease = countOf('lease', values.lease);
  const place = await placeOf(values);
  const queue = await queuePackage();
  const own = modelValues(values);
  const signal = stopSignal();
  await queue.workOnQueue(place, {
    folder: values.shards,
    async task(plan) {
      if (plan.settings['task'] === 'captions') return captionTask(queue, plan, own);
      if (plan.settings['task'] === 'label') return labelTask(queue, plan, own);
      if (plan.settings['task'] === 'evaluate') return evaluateTask(queue, plan, own);
      if (plan.settings['task'] === 'protocol') return protocolTask(queue, plan, own);
      throw new InputError(
        `this version does not know the work of the queue: ${JSON.stringify(plan.settings['task'])}`,
      );
    },
    concurrency,
    leaseMs: lease === undefined ? undefined : 1000 * lease,
    untilDone: values['until-done'],
    signal,
    onEvent(event) {
      if (event.kind === 'waiting') note(`no work in the queue ${place.name} at ${place.shown} yet; waiting`);
      if (event.kind === 'run')
        note(`working on ${event.run.shards} shards in ${values.shards ?? event.run.folder}`);
      if (event.kind === 'done')
        note(`shard ${event.id}: ${event.pictures} pictures in ${duration(event.seconds)}`);
      if (event.kind === 'failed')
        complain(`glip: shard ${event.id}: ${event.reason}${event.aside ? '; set aside' : '; tried again'}`);
      if (event.kind === 'lost') note(`shard ${event.id}: another worker has it by now`);
    },
  });
}

import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NAMES, readExperiment } from './experiment.ts';
import { writeReport } from './report.ts';
import { runExperiment } from './run-experiment.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HELP = `npm run experiment -- NAME [--seed N]... [--data DIR] [--out DIR] [--smoke | --full]

Runs an experiment of scripts/experiments/NAME.json, and writes index.html and results.json. What was interrupted goes on with the same
command. Names: ${NAMES.join(', ')}

  --seed N    only this seed; may be given several times
  --data DIR  the data, where they are not in their usual place
  --out DIR   output folder (out/experiments/NAME)
  --smoke     a few steps on a few pictures, which say nothing, to see that all works
  --full      its full size, for a GPU: larger pictures and batches, more steps and seeds, published models; not run so far`;

/** `npm run experiment` */
export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      seed: { type: 'string', multiple: true },
      data: { type: 'string' },
      out: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [name] = positionals;
  if (values.help || name === undefined || positionals.length > 1) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  try {
    if (values.smoke && values.full) throw new Error('--smoke and --full are two sizes: give one of them');
    const size = values.smoke ? 'smoke' : values.full ? 'full' : 'default';
    const experiment = readExperiment(name, size);
    const data = resolve(values.data ?? `${ROOT}${experiment.data}`);
    if (!existsSync(data)) throw new Error(`${data}: no such folder; give the data as --data DIR`);
    const seeds = values.seed?.map(Number) ?? experiment.seeds;
    const [ending, option] = size === 'default' ? ['', ''] : [`-${size}`, ` --${size}`];
    const folder = resolve(values.out ?? `${ROOT}out/experiments/${name}${ending}`);
    mkdirSync(folder, { recursive: true });
    const results = await runExperiment(experiment, { folder, data, seeds });
    const command = `npm run experiment -- ${name}${option}`;
    writeReport(experiment, results, { folder, command });
    console.log(`wrote ${folder}/index.html`);
    return 0;
  } catch (error) {
    console.error(`experiment: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

import { openDrawings, prepareDrawings, rasterSize } from './drawings.ts';
import { generate } from './generate.ts';
import { lockText } from './icon-sets.ts';
import { InputError } from './input-error.ts';
import { HELP, type Options, readOptions } from './options.ts';
import { writeBeside } from './parts.ts';
import { processes } from './processes.ts';
import { drawSheet } from './sheet.ts';

const SHEET_SCENES = 24;

/** `npm run emoji-world -- ARGS`. @returns exit code */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (options) await run(options);
    else console.log(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    console.error(`emoji-world: ${error.message}`);
    return 2;
  }
}

async function run({ out, sheet, subset, counts, seed, size, relations, styles, jobs, cache }: Options) {
  const folder = await prepareDrawings(cache, rasterSize(size));
  const settings = { seed, size, relations, styles };
  const world = { ...settings, drawings: await openDrawings(folder) };
  if (sheet !== undefined) return writeBeside(sheet, await drawSheet(world, subset, SHEET_SCENES));
  if (out === undefined) return;
  const start = performance.now();
  let first: number | undefined;
  const made = await generate(world, processes(jobs, { world: settings, drawings: folder }), {
    out,
    counts,
    lock: await lockText(),
    progress(done, total) {
      first ??= done;
      const rate = (done - first) / ((performance.now() - start) / 1000);
      console.error(`${done} of ${total} scenes${done > first ? `, ${rate.toFixed(0)} a second` : ''}`);
    },
  });
  console.log(made ? `${out}: complete` : `${out}: was complete already`);
}

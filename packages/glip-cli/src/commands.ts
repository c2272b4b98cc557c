import type { Command } from './arguments/command.ts';
import { cache } from './cache.ts';
import { convert } from './convert.ts';
import { data } from './data.ts';
import { detect } from './detect.ts';
import { download } from './download.ts';
import { env } from './env.ts';
import { evaluate } from './evaluate.ts';
import { info } from './info.ts';
import { label } from './label.ts';
import { merge } from './merge.ts';
import { models } from './models.ts';
import { prompts } from './prompts.ts';
import { queue } from './queue.ts';
import { train } from './train.ts';
import { worker } from './worker.ts';

/** Every command, in the order of the help text. */
export const COMMANDS: readonly Command[] = [
  detect,
  label,
  train,
  data,
  evaluate,
  prompts,
  models,
  worker,
  queue,
  merge,
  info,
  download,
  convert,
  cache,
  env,
];

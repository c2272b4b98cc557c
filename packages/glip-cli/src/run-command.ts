import { existsSync } from 'node:fs';
import { version } from '../package.json';
import type { Command, Options, Values } from './arguments/command.ts';
import { helpOf, overview } from './arguments/help.ts';
import { parseArguments } from './arguments/parse.ts';
import { nearest } from './arguments/suggest.ts';
import { COMMANDS } from './commands.ts';
import { InputError, isUserError } from './inputs/input-error.ts';
import { complain, print } from './outputs/terminal.ts';

/**
 * Runs one command line.
 *
 * @throws InputError and other errors of users for input that is refused
 */
export async function runCommand([first, ...args]: readonly string[]): Promise<void> {
  if (
    first === undefined ||
    first === '--help' ||
    first === '-h' ||
    (first === 'help' && args.length === 0)
  ) {
    return print(overview(COMMANDS));
  }
  if (['--version', '-v', '-V', 'version'].includes(first)) return print(version);
  if (first === 'help') return print(helpOf(commandOf(args[0])));
  const command = commandOf(first);
  const { help, values, positionals } = parseArguments(args, command, COMMANDS);
  if (help) return print(helpOf(command));
  await command.run(values as Values<Options>, positionals); // `parseArguments` gives each its type
}

/** Says why a command ended and gives the exit code: 2 for input that is refused, 1 for any other fault. */
export function explain(error: unknown): number {
  if (isUserError(error)) {
    complain(`glip: ${error.message}`);
    return 2;
  }
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((one) => one.name === name);
  if (command) return command;
  if (existsSync(name)) throw new InputError(`${name}: no command; did you mean glip detect ${name} ...?`);
  const names = COMMANDS.map((one) => one.name);
  const near = nearest(name, names);
  const hint = near ? `did you mean glip ${near}?` : `the commands are ${names.join(', ')}`;
  throw new InputError(`${name}: unknown command; ${hint}`);
}

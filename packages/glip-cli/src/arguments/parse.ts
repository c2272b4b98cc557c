import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { InputError } from '../inputs/input-error.ts';
import type { Command, Option } from './command.ts';
import { nearest } from './suggest.ts';

export interface Parsed {
  readonly help: boolean;
  readonly values: Readonly<Record<string, boolean | string | readonly string[]>>;
  readonly positionals: readonly string[];
}

/**
 * Parses the arguments of a command. `--` ends the options, `-` is an argument.
 *
 * @param others  all commands, to recognize options of another command
 * @throws InputError for an unknown option, with the closest known one, or for a missing value
 */
export function parseArguments(
  args: readonly string[],
  command: Command,
  others: readonly Command[],
): Parsed {
  const options = { ...command.options, help: { type: 'boolean', short: 'h', help: '' } as const };
  const config = Object.fromEntries(
    Object.entries(options).map(([name, option]) => [
      name,
      { type: option.type, ...(name === 'help' && { short: 'h' }) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, boolean | string | string[]> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (!Object.hasOwn(options, token.name)) {
      refuseFileName(args[token.index]);
      throw unknownOption(token.rawName, token.name, command, others);
    }
    const option: Option = options[token.name as keyof typeof options];
    const value = givenValue(option, token);
    const earlier = values[token.name];
    if (option.multiple) values[token.name] = [...((earlier as string[] | undefined) ?? []), value as string];
    else if (typeof earlier === 'string')
      throw new InputError(`${token.rawName} is given twice; give it once`);
    else values[token.name] = value;
  }
  const { help = false, ...rest } = values;
  return { help: help === true, values: rest, positionals };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function givenValue({ type, value: form = 'VALUE' }: Option, token: OptionToken): boolean | string {
  const { rawName, value, inlineValue } = token;
  if (type === 'boolean') {
    if (value === undefined) return true;
    throw new InputError(`${rawName} takes no value, ${JSON.stringify(value)} was given`);
  }
  if (value === undefined) throw new InputError(`${rawName} needs a value: ${rawName} ${form}`);
  if (!inlineValue && /^--?[a-z]/i.test(value)) {
    throw new InputError(
      `${rawName} needs a value, and ${value} looks like an option; if it is the value: ${rawName}=${value}`,
    );
  }
  return value;
}

/** @throws InputError for an argument that looks like an option and is the name of a file */
function refuseFileName(arg: string): void {
  if (!existsSync(arg)) return;
  throw new InputError(
    `${arg}: looks like an option, and there is a file of this name; for the file: ./${arg}`,
  );
}

function unknownOption(raw: string, name: string, command: Command, others: readonly Command[]): InputError {
  const names = Object.keys(command.options);
  const known = names.find((own) => command.options[own].elsewhere?.includes(name)) ?? nearest(name, names);
  const owner = others.find((other) => Object.hasOwn(other.options, name));
  const hint = known
    ? `did you mean --${known}?`
    : owner
      ? `it is an option of glip ${owner.name}`
      : `glip ${command.name} --help lists the options`;
  return new InputError(`${raw}: unknown option of glip ${command.name}; ${hint}`);
}

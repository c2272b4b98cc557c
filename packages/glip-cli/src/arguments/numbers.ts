import { InputError } from '../inputs/input-error.ts';

/** @throws InputError unless it is a number from 0 to 1 */
export function shareOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InputError(`--${option} ${text}: expected a number from 0 to 1`);
}

/** @throws InputError unless it is a whole number of at least 1 */
export function countOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 1) return value;
  throw new InputError(`--${option} ${text}: expected a whole number of at least 1`);
}

/** @throws InputError unless it is one of the choices */
export function choiceOf<const T extends string>(
  option: string,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new InputError(
    `--${option} ${text}: expected ${choices.slice(0, -1).join(', ')} or ${choices[choices.length - 1]}`,
  );
}

/** A check of one value of a parsed JSON file, at a place such as `phases[0].steps`. */
export type Check = (value: unknown, at: string) => void;

/** A value of the wrong kind; the caller adds the file. */
export class ShapeFault extends Error {}

function expectThat(right: boolean, at: string, value: unknown, expected: string): void {
  if (right) return;
  const found = value === undefined ? 'is missing' : `is ${JSON.stringify(value).slice(0, 60)}`;
  throw new ShapeFault(`${at} ${found}, expected ${expected}`);
}

export const text: Check = (value, at) => expectThat(typeof value === 'string', at, value, 'a text');

export const yesOrNo: Check = (value, at) =>
  expectThat(typeof value === 'boolean', at, value, 'true or false');

export const number: Check = (value, at) => expectThat(typeof value === 'number', at, value, 'a number');

export const whole =
  (lowest: number): Check =>
  (value, at) =>
    expectThat(
      Number.isSafeInteger(value) && (value as number) >= lowest,
      at,
      value,
      `a whole number of at least ${lowest}`,
    );

export const share: Check = (value, at) =>
  expectThat(typeof value === 'number' && value > 0 && value < 1, at, value, 'a share between 0 and 1');

export const oneOf =
  (...choices: readonly string[]): Check =>
  (value, at) =>
    expectThat(choices.includes(value as string), at, value, choices.join(', '));

export const either =
  (first: Check, second: Check): Check =>
  (value, at) => {
    try {
      first(value, at);
    } catch {
      second(value, at);
    }
  };

export const listOf =
  (check: Check, lowest = 0): Check =>
  (value, at) => {
    expectThat(
      Array.isArray(value) && value.length >= lowest,
      at,
      value,
      lowest > 0 ? `a list of at least ${lowest}` : 'a list',
    );
    for (const [i, item] of (value as unknown[]).entries()) check(item, `${at}[${i}]`);
  };

export const mapOf =
  (check: Check): Check =>
  (value, at) => {
    expectThat(isObject(value), at, value, 'an object');
    for (const [key, item] of Object.entries(value as object)) check(item, `${at}.${key}`);
  };

/** An object with these fields and no other; `optional` ones may be missing. */
export const fields =
  (required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value, at) => {
    expectThat(isObject(value), at || 'the file', value, 'an object');
    const place = (key: string): string => (at === '' ? key : `${at}.${key}`);
    const given = value as Readonly<Record<string, unknown>>;
    for (const [key, check] of Object.entries(required)) check(given[key], place(key));
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(required, key)) continue;
      if (!Object.hasOwn(optional, key)) throw new ShapeFault(`${place(key)} is no field of a configuration`);
      optional[key](given[key], place(key));
    }
  };

/** An object that is checked where it is used. */
export const object: Check = (value, at) => expectThat(isObject(value), at, value, 'an object');

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

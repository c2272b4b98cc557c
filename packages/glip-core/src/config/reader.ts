import { ConfigError } from '../errors.ts';

/** Reads values by dotted key and checks them. Every method throws ConfigError with the key, value and rule. */
export interface ConfigReader {
  has(key: string): boolean;
  value(key: string): unknown;
  integer(key: string, least: number, most: number): number;
  /** From `least` to `most`, inclusive. */
  number(key: string, least: number, most: number): number;
  integers(key: string, least: number, most: number, length?: number): number[];
  numbers(key: string, least: number, most: number, length?: number): number[];
  boolean(key: string): boolean;
  oneOf<T extends string>(key: string, allowed: readonly T[]): T;
  /** A setting with a single supported value, which is assumed if the key is absent. */
  only(key: string, supported: unknown, because: string): void;
}

/** A reader of nested plain objects, as JSON.parse returns them. */
export function configReader(root: unknown): ConfigReader {
  function value(key: string): unknown {
    let found = root;
    for (const part of key.split('.')) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined;
      found = (found as Record<string, unknown>)[part];
    }
    return found;
  }

  function checked(
    key: string,
    found: unknown,
    kind: 'a number' | 'an integer',
    [least, most]: readonly [number, number],
  ): number {
    const valid = kind === 'a number' ? Number.isFinite(found) : Number.isInteger(found);
    if (!valid || (found as number) < least || (found as number) > most) {
      throw new ConfigError(key, found, `${kind} from ${least} to ${most}`);
    }
    return found as number;
  }

  function list(
    key: string,
    kind: 'a number' | 'an integer',
    range: readonly [number, number],
    length?: number,
  ): number[] {
    const found = value(key);
    const counts = Array.isArray(found) && found.length > 0 && found.length === (length ?? found.length);
    if (!counts) throw new ConfigError(key, found, `a list of ${length ?? 'at least 1'} numbers`);
    return found.map((entry, i) => checked(`${key}[${i}]`, entry, kind, range));
  }

  return {
    value,
    has: (key) => value(key) !== undefined,
    integer: (key, least, most) => checked(key, value(key), 'an integer', [least, most]),
    number: (key, least, most) => checked(key, value(key), 'a number', [least, most]),
    integers: (key, least, most, length) => list(key, 'an integer', [least, most], length),
    numbers: (key, least, most, length) => list(key, 'a number', [least, most], length),
    boolean(key) {
      const found = value(key);
      if (typeof found !== 'boolean') throw new ConfigError(key, found, 'true or false');
      return found;
    },
    oneOf(key, allowed) {
      const found = allowed.find((candidate) => candidate === value(key));
      if (found === undefined) throw new ConfigError(key, value(key), `one of ${allowed.join(', ')}`);
      return found;
    },
    only(key, supported, because) {
      const found = value(key);
      if (found !== undefined && JSON.stringify(found) !== JSON.stringify(supported)) {
        throw new ConfigError(key, found, `${JSON.stringify(supported)}: ${because}`);
      }
    },
  };
}

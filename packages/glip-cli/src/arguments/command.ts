/** An option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** Repeatable. */
  readonly multiple?: true;
  /** Placeholder for the value in help texts, such as FILE. */
  readonly value?: string;
  readonly help: string;
  /** Names that other programs use for it; if given, this option is suggested. */
  readonly elsewhere?: readonly string[];
}

export type Options = Readonly<Record<string, Option>>;

/** Parsed option values. */
export type Values<O extends Options> = {
  readonly [K in keyof O]?: O[K] extends { readonly type: 'boolean' }
    ? boolean
    : O[K] extends { readonly multiple: true }
      ? readonly string[]
      : string;
};

export interface Command<O extends Options = Options> {
  readonly name: string;
  /** Arguments after the name, such as `IMAGE... [options]`. */
  readonly usage: string;
  /** Purpose in a few words. */
  readonly summary: string;
  readonly options: O;
  /** Notes printed after the options. */
  readonly notes?: string;
  run(values: Values<O>, positionals: readonly string[]): Promise<void>;
}

/** Defines a command, with value types inferred from its options. */
export function defineCommand<const O extends Options>(command: Command<O>): Command {
  return command as unknown as Command;
}

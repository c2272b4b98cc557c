/** An option of a command. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** May be given several times. */
  readonly multiple?: true;
  /** The value in help texts, such as FILE. */
  readonly value?: string;
  readonly help: string;
  /** Other programs' names for it, suggested when given. */
  readonly elsewhere?: readonly string[];
}

export type Options = Readonly<Record<string, Option>>;

/** Values that were given for options. */
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
  /** Runs on a GPU, whose driver may write to standard error. */
  readonly gpu?: true;
  run(values: Values<O>, positionals: readonly string[]): Promise<void>;
}

/** A command whose values have the types of its options. */
export function defineCommand<const O extends Options>(command: Command<O>): Command {
  return command as unknown as Command;
}

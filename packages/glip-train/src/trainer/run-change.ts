/** Plain JSON data that a run depends on beside its plan, such as the settings of its batches. */
export type RunSettings = Readonly<Record<string, unknown>>;

/** A difference between the run that a checkpoint was saved in and the run that continues from it. */
export interface RunChange {
  /** Its place in the plan or the settings, such as `phases[0].steps`. */
  readonly field: string;
  /** Value in the checkpoint; undefined if it had none. */
  readonly was: unknown;
  /** Value now; undefined if there is none. */
  readonly is: unknown;
}

/** The differences between two values of plain data, by their places; the order of an object's keys is none. */
export function changesBetween(was: unknown, is: unknown, field = ''): RunChange[] {
  if (!isCompound(was) || !isCompound(is) || Array.isArray(was) !== Array.isArray(is)) {
    return JSON.stringify(was) === JSON.stringify(is) ? [] : [{ field, was, is }];
  }
  const place = (key: string): string => {
    if (Array.isArray(was)) return `${field}[${key}]`;
    return field === '' ? key : `${field}.${key}`;
  };
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) =>
    changesBetween(was[key], is[key], place(key)),
  );
}

/** `phases[0].steps was 6, is 9` */
export function describeChange({ field, was, is }: RunChange): string {
  return `${field} was ${textOf(was)}, is ${textOf(is)}`;
}

const MAX_LENGTH = 80;

function textOf(value: unknown): string {
  if (value === undefined) return 'not given';
  const text = JSON.stringify(value);
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function isCompound(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

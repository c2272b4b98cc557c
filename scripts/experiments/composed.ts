import { filled, isObject, type Json, type JsonObject, patched } from './json.ts';

/** Sizes of an experiment: as its file says, a few steps on a few pictures, and for a GPU. */
export const SIZES = ['default', 'smoke', 'full'] as const;
export type Size = (typeof SIZES)[number];

/**
 * An experiment of a size, from its file and the base that it shares with others: its file changes the base, the base's changes for
 * the size come next, then its own. Pieces of grids are made, and every piece has the options of the template or piece that it is like.
 *
 * @throws Error for what is incomplete or unknown
 */
export function composed(own: JsonObject, base: JsonObject, size: Size): JsonObject {
  const sources = [base, own];
  let whole: Json = sources.reduce<Json>((before, source) => patched(before, withoutSizes(source)), {});
  if (size !== 'default') {
    const changes = sources.map((source) => source[size]).filter(isObject);
    if (changes.length === 0) throw new Error(`there are no changes for the size ${size}`);
    whole = changes.reduce(patched, whole);
  }
  const { templates = {}, grids = {}, pieces = {}, arms = [], ...rest } = whole as JsonObject;
  const made = Object.entries(grids as JsonObject).map(([name, grid]) => gridOf(name, grid));
  const all = Object.assign({}, pieces, ...made.map((one) => one.pieces));
  return {
    ...rest,
    pieces: completed(templates as JsonObject, all),
    arms: [...(arms as readonly Json[]), ...made.flatMap((one) => one.arms)],
  };
}

function withoutSizes({ base: _, smoke: __, full: ___, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** Pieces and arms for every combination of values, those of the last name changing fastest. */
function gridOf(name: string, grid: Json): { pieces: JsonObject; arms: readonly Json[] } {
  const { over, pieces, arms = [] } = isObject(grid) ? grid : {};
  if (!isObject(over) || !isObject(pieces) || !Array.isArray(arms))
    throw new Error(`grid ${name}: expected values in "over", "pieces" and "arms"`);
  let combinations: JsonObject[] = [{}];
  for (const [key, values] of Object.entries(over)) {
    combinations = combinations.flatMap((one) =>
      (values as readonly Json[]).map((value) => ({ ...one, [key]: value })),
    );
  }
  return {
    pieces: Object.assign({}, ...combinations.map((values) => filled(pieces, values))),
    arms: combinations.flatMap((values) => filled(arms, values) as readonly Json[]),
  };
}

/** Pieces with the options of the templates and earlier pieces that they are like. A template comes first where both have the name. */
function completed(templates: JsonObject, pieces: JsonObject): JsonObject {
  const ofTemplates: Record<string, JsonObject> = {};
  const whole: Record<string, JsonObject> = {};
  for (const [into, all] of [
    [ofTemplates, templates],
    [whole, pieces],
  ] as const) {
    for (const [name, { like, ...own }] of Object.entries(all as Readonly<Record<string, JsonObject>>)) {
      const other = like === undefined ? {} : (ofTemplates[String(like)] ?? whole[String(like)]);
      if (!other) throw new Error(`${name} is like ${like}, which is no template and no piece before it`);
      into[name] = patched(other, own) as JsonObject;
      if (typeof into[name]['kind'] !== 'string') throw new Error(`${name} has no kind`);
    }
  }
  return whole;
}

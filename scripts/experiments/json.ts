/** JSON of an experiment's file. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * A JSON merge patch (RFC 7396), apart from one addition: an object whose keys are all indexes changes these entries of a list,
 * and removes those that are null.
 *
 * @throws Error for an index beyond the end of a list
 */
export function patched(value: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  if (isList(value) && isOfIndexes(patch)) return patchedList(value, patch);
  const result: Record<string, Json> = isObject(value) ? { ...value } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = patched(result[key], change);
  }
  return result;
}

function patchedList(list: readonly Json[], patch: JsonObject): Json[] {
  const result = [...list];
  for (const [key, change] of Object.entries(patch)) {
    const index = Number(key);
    if (index > result.length)
      throw new Error(`a list of ${list.length} entries has none before index ${key}`);
    result[index] = change === null ? null : patched(result[index], change);
  }
  return result.filter((_, index) => patch[index] !== null);
}

function isOfIndexes(patch: JsonObject): boolean {
  const keys = Object.keys(patch);
  return keys.length > 0 && keys.every((key) => /^(0|[1-9]\d*)$/.test(key));
}

/** The value with `{NAME}` replaced in its texts and keys; a text that is only a placeholder becomes the value itself. */
export function filled(value: Json, values: JsonObject): Json {
  if (typeof value === 'string') {
    const [, whole] = /^\{(\w+)\}$/.exec(value) ?? [];
    return whole !== undefined && Object.hasOwn(values, whole) ? values[whole] : filledText(value, values);
  }
  if (isList(value)) return value.map((one) => filled(one, values));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [filledText(key, values), filled(one, values)]),
  );
}

function filledText(text: string, values: JsonObject): string {
  return text.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : placeholder,
  );
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

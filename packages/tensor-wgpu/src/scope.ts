import { ShapeError } from './errors.ts';
import type { Tensor } from './tensor.ts';

/** An owner of tensors that an open scope has created; it is told when the scope would have disposed them. */
export interface Keeper {
  released(tensor: Tensor): void;
}

interface Scope {
  /** Disposed at its end. */
  readonly created: Set<Tensor>;
  /** Created too, but disposed by others. */
  readonly adopted: Map<Tensor, Keeper>;
}

const scopes: Scope[] = [];

const made: Set<Tensor>[] = [];

export function track(tensor: Tensor): void {
  scopes.at(-1)?.created.add(tensor);
  for (const tensors of made) tensors.add(tensor);
}

/** Runs `body` and returns its result with every tensor created, disposed or not. */
export function observe<T>(body: () => T): { readonly result: T; readonly made: ReadonlySet<Tensor> } {
  const tensors = new Set<Tensor>();
  made.push(tensors);
  try {
    return { result: body(), made: tensors };
  } finally {
    made.pop();
  }
}

/** Hands a tensor from the open scope that would dispose it to another owner. False if there is none. */
export function adopt(tensor: Tensor, keeper: Keeper): boolean {
  const own = scopes.find(({ created }) => created.delete(tensor));
  own?.adopted.set(tensor, keeper);
  return own !== undefined;
}

/**
 * Runs `body`, then disposes every tensor it created except those in its result, which move to the
 * enclosing scope. Results may be tensors, arrays and plain objects of them.
 *
 * @throws ShapeError if body returns a promise: tensors created later would belong to no scope
 */
export function scope<T>(body: () => T): T {
  const own: Scope = { created: new Set(), adopted: new Map() };
  const { created, adopted } = own;
  scopes.push(own);
  let result: T;
  try {
    result = refusePromise('scope', body());
    const outer = scopes.at(-2);
    for (const survivor of tensorsIn(result)) {
      if (created.delete(survivor)) outer?.created.add(survivor);
      const keeper = adopted.get(survivor);
      if (keeper) outer?.adopted.set(survivor, keeper);
      adopted.delete(survivor);
    }
  } finally {
    scopes.pop();
    for (const tensor of created) tensor.dispose();
  }
  for (const [tensor, keeper] of adopted) keeper.released(tensor);
  return result;
}

/** Runs `body` outside every open scope: the caller disposes the tensors that it creates. */
export function unscoped<T>(body: () => T): T {
  const open = scopes.splice(0);
  try {
    return body();
  } finally {
    scopes.push(...open);
  }
}

export function refusePromise<T>(where: string, value: T): T {
  if (value instanceof Promise) {
    value.catch(() => {}); // a rejection is superseded by the error below
    throw new ShapeError(`${where}: the function returned a promise; read tensors outside of it`);
  }
  return value;
}

/** Every tensor in a value made of tensors, arrays and plain objects. */
export function* tensorsIn(value: unknown): Generator<Tensor> {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return;
  if ('storage' in value && 'dtype' in value) yield value as Tensor;
  else for (const item of Object.values(value)) yield* tensorsIn(item);
}

/** The same structure with every tensor replaced. */
export function mapTensors<T>(value: T, map: (tensor: Tensor) => Tensor): T {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return value;
  if ('storage' in value && 'dtype' in value) return map(value as unknown as Tensor) as unknown as T;
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, map)) as unknown as T;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTensors(item, map)])) as T;
}

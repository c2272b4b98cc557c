import type { ChainableCommander, Redis } from 'ioredis';
import { ownKey, type QueuePlace } from './connection.ts';

/** Failures in a row at one picture, after which it is left out; before the first, after which the shard is set aside. */
const MAX_DEATHS = 3;
/** The same for workers that die before the first picture: a machine that is taken away dies anywhere. */
const MAX_KILLS_AT_START = 5;
/** Deaths of one shard at any pictures. */
const MAX_DEATHS_ANYWHERE = 30;
/** The place of a shard that has not reached its first picture, or has none left: no picture is to blame. */
export const BETWEEN = -1;

/** Ends of attempts at a shard that did not make its result. */
interface Deaths {
  /** Place of the picture that was in work at the last. */
  readonly at: number;
  /** In a row at this place. */
  readonly count: number;
  readonly total: number;
  /** Reason of the last attempt's end. */
  readonly reason: string;
  /** Pictures that are left out, by place. */
  readonly aside: Readonly<Record<string, string>>;
}

/** Consequences of earlier attempts for the next one. */
export interface Verdict {
  /** Pictures to leave out, with the reason. */
  readonly aside: ReadonlyMap<number, string>;
  /** Reason to give the shard up. */
  readonly refused: string | undefined;
}

const NONE: Deaths = { at: BETWEEN, count: 0, total: 0, reason: '', aside: {} };
const KILLED = 'its worker died, or lost its lease';

/**
 * Marks in Redis of which picture of which shard is in work, and of attempts that ended there. A shard's marks are removed
 * when it is done.
 */
export class Attempts {
  readonly #redis: Redis;
  readonly #at: string;
  readonly #deaths: string;

  constructor(redis: Redis, place: QueuePlace) {
    this.#redis = redis;
    [this.#at, this.#deaths] = attemptKeys(place);
  }

  /** Begins an attempt; one that left its mark counts as a death. */
  async begin(id: string): Promise<Verdict & { readonly again: boolean }> {
    const [at, deaths] = await replies(
      this.#redis.pipeline().hget(this.#at, id).hget(this.#deaths, id).hset(this.#at, id, BETWEEN),
    );
    let known = deathsIn(deaths);
    if (at !== null) {
      known = after(known, Number(at), KILLED);
      await this.#redis.hset(this.#deaths, id, JSON.stringify(known));
    }
    return { ...verdict(known), again: at !== null };
  }

  /** Marks the picture in work; not awaited, and left out while Redis is away. */
  mark(id: string, place: number): void {
    if (this.#redis.status === 'ready') this.#redis.hset(this.#at, id, place).catch(() => {});
  }

  /** Ends an attempt that failed at a picture, or before the first. */
  async failed(id: string, place: number, reason: string): Promise<Verdict> {
    const known = after(deathsIn(await this.#redis.hget(this.#deaths, id)), place, reason);
    await this.#redis.hset(this.#deaths, id, JSON.stringify(known));
    await this.#redis.hdel(this.#at, id);
    return verdict(known);
  }

  /** Ends an attempt whose shard goes back unharmed. */
  async givenBack(id: string): Promise<void> {
    await this.#redis.hdel(this.#at, id);
  }

  /** Forgets a shard that is done, or begins anew. */
  async done(id: string): Promise<void> {
    await replies(this.#redis.pipeline().hdel(this.#at, id).hdel(this.#deaths, id));
  }
}

/** Keys of the marks: pictures in work, and deaths. */
export function attemptKeys(place: QueuePlace): [string, string] {
  return [ownKey(place, 'at'), ownKey(place, 'deaths')];
}

/** Sends several commands at once. @throws the first error among the replies */
async function replies(pipeline: ChainableCommander): Promise<(string | null)[]> {
  const all = (await pipeline.exec()) ?? [];
  for (const [error] of all) if (error) throw error;
  return all.map(([, reply]) => reply as string | null);
}

function deathsIn(text: string | null): Deaths {
  return text === null ? NONE : (JSON.parse(text) as Deaths);
}

function after(deaths: Deaths, at: number, reason: string): Deaths {
  const count = deaths.at === at ? deaths.count + 1 : 1;
  const next = { ...deaths, at, count, total: deaths.total + 1, reason };
  if (at === BETWEEN || count < MAX_DEATHS) return next;
  return {
    ...next,
    count: 0,
    aside: { ...deaths.aside, [at]: `set aside after ${MAX_DEATHS} attempts: ${reason}` },
  };
}

function verdict({ at, count, total, reason, aside }: Deaths): Verdict {
  const places = new Map(Object.entries(aside).map(([place, why]) => [Number(place), why]));
  const tooMany = MAX_DEATHS_ANYWHERE + MAX_DEATHS * places.size;
  const atStart = at === BETWEEN && count >= (reason === KILLED ? MAX_KILLS_AT_START : MAX_DEATHS);
  const refused = atStart || total >= tooMany ? `set aside after ${total} attempts: ${reason}` : undefined;
  return { aside: places, refused };
}

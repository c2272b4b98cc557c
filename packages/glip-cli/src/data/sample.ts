/** A sample in the order of the items, the same for the same seed. */
export function sampleOf<T>(items: readonly T[], count: number, seed: number): T[] {
  const random = randomFrom(seed);
  const places = items.map((_, i) => i);
  const size = Math.min(count, items.length);
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(random() * (items.length - i));
    [places[i], places[j]] = [places[j], places[i]];
  }
  return places
    .slice(0, size)
    .sort((a, b) => a - b)
    .map((place) => items[place]);
}

/** Numbers from 0 to below 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Order of ids, by which pycocotools breaks ties of scores: numbers ascend, strings go by code point, as in Python. */
export function compareIds(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  const shorter = Math.min(left.length, right.length);
  for (let i = 0; i < shorter; i++) {
    const [l, r] = [left.charCodeAt(i), right.charCodeAt(i)];
    if (l !== r) return rank(l) - rank(r);
  }
  return left.length - right.length;
}

/** Rank of a UTF-16 unit: halves of characters beyond U+FFFF come after all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}

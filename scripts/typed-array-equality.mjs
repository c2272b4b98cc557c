// Set-up of every test file: typed arrays of one kind and the same bytes are equal at once. Vitest alone lists the keys of
// both, which takes more time than the kernels whose results are compared. Others are compared, and shown, as ever.
import { expect } from 'vitest';

function sameBytes(a, b) {
  if (!ArrayBuffer.isView(a) || !ArrayBuffer.isView(b)) return undefined;
  if (a.constructor !== b.constructor || a.byteLength !== b.byteLength) return undefined;
  const [left, right] = [a, b].map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return left.every((byte, i) => byte === right[i]) || undefined;
}

expect.addEqualityTesters([sameBytes]);

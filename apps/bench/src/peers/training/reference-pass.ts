import { sizeOf } from './training-task.ts';

// Layers and losses in f64 and plain loops, with their gradients.

export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
  readonly grad: Float64Array;
}

export const value = (shape: readonly number[], data = new Float64Array(sizeOf(shape))): Value => ({
  shape,
  data,
  grad: new Float64Array(data.length),
});

/** A forward pass that records its backward steps. */
export class Pass {
  readonly #steps: (() => void)[] = [];

  /** Gradients of all values that the loss depends on. */
  backward(loss: Value): void {
    loss.grad[0] = 1;
    for (const step of this.#steps.reverse()) step();
  }

  #map(x: Value, f: (x: number) => number, slope: (x: number) => number): Value {
    const y = value(x.shape, x.data.map(f));
    this.#steps.push(() => {
      for (const [i, dy] of y.grad.entries()) x.grad[i] += dy * slope(x.data[i]);
    });
    return y;
  }

  relu = (x: Value): Value =>
    this.#map(
      x,
      (v) => Math.max(v, 0),
      (v) => (v > 0 ? 1 : 0),
    );

  gelu = (x: Value): Value =>
    this.#map(
      x,
      (v) => v * normalCdf(v),
      (v) => normalCdf(v) + (v * Math.exp((-v * v) / 2)) / Math.sqrt(2 * Math.PI),
    );

  add(a: Value, b: Value): Value {
    const y = value(
      a.shape,
      a.data.map((v, i) => v + b.data[i]),
    );
    this.#steps.push(() => {
      for (const [i, dy] of y.grad.entries()) {
        a.grad[i] += dy;
        b.grad[i] += dy;
      }
    });
    return y;
  }

  /** x [rows, K] by w [K, N], plus b [N]. */
  linear(x: Value, w: Value, b: Value): Value {
    const [K, N] = w.shape;
    const rows = x.data.length / K;
    const y = value([rows, N]);
    for (let r = 0; r < rows; r++) {
      for (let n = 0; n < N; n++) y.data[r * N + n] = b.data[n];
      for (let k = 0; k < K; k++) {
        const v = x.data[r * K + k];
        for (let n = 0; n < N; n++) y.data[r * N + n] += v * w.data[k * N + n];
      }
    }
    this.#steps.push(() => {
      for (let r = 0; r < rows; r++) {
        for (let n = 0; n < N; n++) b.grad[n] += y.grad[r * N + n];
        for (let k = 0; k < K; k++) {
          const v = x.data[r * K + k];
          let dx = 0;
          for (let n = 0; n < N; n++) {
            const dy = y.grad[r * N + n];
            dx += dy * w.data[k * N + n];
            w.grad[k * N + n] += dy * v;
          }
          x.grad[r * K + k] += dx;
        }
      }
    });
    return y;
  }

  /** x [B, H, W, C] by w [O, 3, 3, C], plus b [O]; stride 2, a border of one zero. */
  convolve(x: Value, w: Value, b: Value): Value {
    const [B, H, W, C] = x.shape;
    const [O] = w.shape;
    const [rows, cols] = [Math.ceil(H / 2), Math.ceil(W / 2)];
    const y = value([B, rows, cols, O]);
    const visit = (use: (from: number, weight: number, to: number) => void): void => {
      for (let to = 0; to < y.data.length; to++) {
        const [o, c, r] = [to % O, Math.floor(to / O) % cols, Math.floor(to / O / cols) % rows];
        const image = Math.floor(to / O / cols / rows);
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 3; j++) {
            const [h, v] = [2 * r + i - 1, 2 * c + j - 1];
            if (h < 0 || v < 0 || h >= H || v >= W) continue;
            use(((image * H + h) * W + v) * C, ((o * 3 + i) * 3 + j) * C, to);
          }
        }
      }
    };
    for (let to = 0; to < y.data.length; to++) y.data[to] = b.data[to % O];
    visit((from, weight, to) => {
      for (let c = 0; c < C; c++) y.data[to] += x.data[from + c] * w.data[weight + c];
    });
    this.#steps.push(() => {
      for (const [to, dy] of y.grad.entries()) b.grad[to % O] += dy;
      visit((from, weight, to) => {
        const dy = y.grad[to];
        if (dy === 0) return;
        for (let c = 0; c < C; c++) {
          x.grad[from + c] += dy * w.data[weight + c];
          w.grad[weight + c] += dy * x.data[from + c];
        }
      });
    });
    return y;
  }

  /** Mean over all places of [B, H, W, C]: [B, C]. */
  meanOfPlaces(x: Value): Value {
    const [B, H, W, C] = x.shape;
    const y = value([B, C]);
    const to = (i: number): number => Math.floor(i / (H * W * C)) * C + (i % C);
    for (const [i, v] of x.data.entries()) y.data[to(i)] += v / (H * W);
    this.#steps.push(() => {
      for (const i of x.data.keys()) x.grad[i] += y.grad[to(i)] / (H * W);
    });
    return y;
  }

  layerNorm(x: Value, scale: Value, shift: Value): Value {
    const C = scale.data.length;
    const rows = x.data.length / C;
    const y = value(x.shape);
    const normal = new Float64Array(x.data.length);
    const inverse = new Float64Array(rows);
    for (let r = 0; r < rows; r++) {
      const row = x.data.subarray(r * C, (r + 1) * C);
      const mean = row.reduce((sum, v) => sum + v, 0) / C;
      inverse[r] = 1 / Math.sqrt(row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / C + 1e-5);
      for (let c = 0; c < C; c++) {
        normal[r * C + c] = (row[c] - mean) * inverse[r];
        y.data[r * C + c] = normal[r * C + c] * scale.data[c] + shift.data[c];
      }
    }
    this.#steps.push(() => {
      for (let r = 0; r < rows; r++) {
        let [sum, dot] = [0, 0];
        for (let c = 0; c < C; c++) {
          const [dy, n] = [y.grad[r * C + c], normal[r * C + c]];
          shift.grad[c] += dy;
          scale.grad[c] += dy * n;
          sum += dy * scale.data[c];
          dot += dy * scale.data[c] * n;
        }
        for (let c = 0; c < C; c++) {
          const dn = y.grad[r * C + c] * scale.data[c];
          x.grad[r * C + c] += inverse[r] * (dn - sum / C - (normal[r * C + c] * dot) / C);
        }
      }
    });
    return y;
  }

  /** Of q, k, v [batch * tokens, heads * dim], within each sample. */
  attention(q: Value, k: Value, v: Value, tokens: number, heads: number): Value {
    const [all, width] = q.shape;
    const dim = width / heads;
    const y = value(q.shape);
    const p = new Float64Array(all * heads * tokens); // of a query and head, over keys
    const dot = (a: Float64Array, i: number, b: Float64Array, j: number): number => {
      let sum = 0;
      for (let d = 0; d < dim; d++) sum += a[i + d] * b[j + d];
      return sum;
    };
    const visit = (use: (at: number, key: (t: number) => number, row: Float64Array) => void): void => {
      for (let query = 0; query < all; query++) {
        const first = query - (query % tokens);
        for (let head = 0; head < heads; head++) {
          const at = query * width + head * dim;
          const row = p.subarray((query * heads + head) * tokens, (query * heads + head + 1) * tokens);
          use(at, (t) => (first + t) * width + head * dim, row);
        }
      }
    };
    visit((at, key, row) => {
      for (let t = 0; t < tokens; t++) row[t] = dot(q.data, at, k.data, key(t)) / Math.sqrt(dim);
      softmax(row);
      for (let t = 0; t < tokens; t++)
        for (let d = 0; d < dim; d++) y.data[at + d] += row[t] * v.data[key(t) + d];
    });
    this.#steps.push(() =>
      visit((at, key, row) => {
        const mean = dot(y.grad, at, y.data, at); // Σ p dp
        for (let t = 0; t < tokens; t++) {
          const ds = (row[t] * (dot(y.grad, at, v.data, key(t)) - mean)) / Math.sqrt(dim);
          for (let d = 0; d < dim; d++) {
            v.grad[key(t) + d] += row[t] * y.grad[at + d];
            q.grad[at + d] += ds * k.data[key(t) + d];
            k.grad[key(t) + d] += ds * q.data[at + d];
          }
        }
      }),
    );
    return y;
  }

  /** Mean of -log of the probability that each row's target has. */
  crossEntropy(logits: Value, target: Value): Value {
    const [rows, N] = logits.shape;
    const p = Float64Array.from(logits.data);
    for (let r = 0; r < rows; r++) softmax(p.subarray(r * N, (r + 1) * N));
    const loss = target.data.reduce((sum, t, i) => (t === 0 ? sum : sum - t * Math.log(p[i])), 0) / rows;
    this.#steps.push(() => {
      for (const i of p.keys()) logits.grad[i] += (p[i] - target.data[i]) / rows;
    });
    return value([1], Float64Array.of(loss));
  }

  meanSquare(y: Value, target: Value): Value {
    const n = y.data.length;
    const loss = y.data.reduce((sum, v, i) => sum + (v - target.data[i]) ** 2, 0) / n;
    this.#steps.push(() => {
      for (const [i, v] of y.data.entries()) y.grad[i] += (2 * (v - target.data[i])) / n;
    });
    return value([1], Float64Array.of(loss));
  }
}

function softmax(row: Float64Array): void {
  const most = row.reduce((a, b) => Math.max(a, b));
  let sum = 0;
  for (const [i, v] of row.entries()) sum += row[i] = Math.exp(v - most);
  for (const i of row.keys()) row[i] /= sum;
}

/** Φ(x) by its series, to f64 in the range where it differs from 0 and 1. */
function normalCdf(x: number): number {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) sum += term *= (x * x) / (2 * n + 1);
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

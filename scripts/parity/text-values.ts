// Values that belong to tokens: which of them are compared, and those that follow from the text encoder's output.

/** Value computed for a stored tensor. */
export interface Value {
  readonly data: ArrayLike<number>;
  readonly exact?: boolean;
  /** Selects the part of the recorded tensor to compare with. */
  pick(recorded: Float32Array): Float32Array;
}

export interface TokenPick {
  readonly batch: number;
  /** Tokens that `from` has for each row. */
  readonly stride: number;
  readonly tokens: number;
  readonly width: number;
  /** Rows of tokens for each image. */
  readonly outer: number;
  readonly keep: (b: number, t: number) => number | boolean;
}

/** The numbers of kept tokens of [batch, outer, stride, width]. */
export function pickTokens(from: ArrayLike<number>, pick: TokenPick): Float32Array {
  const { batch, stride, tokens, width, outer, keep: kept } = pick;
  const result: number[] = [];
  for (let b = 0; b < batch; b++) {
    for (let o = 0; o < outer; o++) {
      for (let t = 0; t < tokens; t++) {
        if (!kept(b, t)) continue;
        for (let c = 0; c < width; c++) result.push(from[((b * outer + o) * stride + t) * width + c]);
      }
    }
  }
  return Float32Array.from(result);
}

export interface TextSizes {
  readonly batch: number;
  readonly tokens: number;
  readonly length: number;
  readonly column: (b: number, t: number) => number;
  readonly mask: Float64Array;
}

/** `embedded` is `hidden` without padding tokens, `aggregate` its mean over the real ones. Spec 2.3. */
export function addTextValues(values: Map<string, Value>, hidden: Float32Array, sizes: TextSizes): void {
  const { batch, tokens, length, column, mask } = sizes;
  const width = hidden.length / (batch * tokens);
  const embedded = new Float32Array(batch * length * width);
  const aggregate = new Float32Array(batch * width);
  for (let b = 0; b < batch; b++) {
    let count = 0;
    for (let t = 0; t < tokens; t++) {
      if (!column(b, t)) continue;
      count += 1;
      for (let c = 0; c < width; c++) {
        const value = hidden[(b * tokens + t) * width + c];
        embedded[(b * length + t) * width + c] = value;
        aggregate[b * width + c] += value;
      }
    }
    for (let c = 0; c < width; c++) aggregate[b * width + c] /= count;
  }
  const whole = (recorded: Float32Array): Float32Array => recorded;
  values.set('lang.embedded', { data: embedded, pick: whole });
  values.set('lang.aggregate', { data: aggregate, pick: whole });
  values.set('lang.masks', { data: mask, exact: true, pick: whole });
}

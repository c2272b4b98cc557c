/** Bytes of an archive that are needed. */
export interface Span {
  /** Index of the storage that they belong to. */
  readonly storage: number;
  readonly start: number;
  readonly end: number;
  /** Position of `start` in the storage's content; undefined if the span begins with a header of unknown length. */
  readonly from: number | undefined;
  /** True if something between it and the span before it was received already. */
  readonly apart?: boolean;
}

/** One request for spans in the order of the archive, with what lies between them. */
export interface JoinedRequest {
  readonly start: number;
  readonly end: number;
  readonly spans: readonly Span[];
}

const ALIGNMENT = 8; // of cuts in a storage's content: no element is cut

/**
 * Joins neighbors into requests.
 *
 * @param spans  in the order of the archive, disjoint
 * @param bytes  maximum size of a request, unless a span with an unknown header is larger
 * @param waste  bytes between spans that may be requested in vain, in all: the smallest gaps are bridged
 */
export function joinSpans(spans: readonly Span[], bytes: number, waste: number): JoinedRequest[] {
  const bridged = bridgedGaps(spans, waste);
  const requests: JoinedRequest[] = [];
  let run: Span[] = [];
  for (const [i, span] of spans.entries()) {
    if (i > 0 && !bridged.has(i)) {
      requests.push(...cutRun(run, bytes));
      run = [];
    }
    run.push(span);
  }
  if (run.length > 0) requests.push(...cutRun(run, bytes));
  return requests;
}

/** Indices of spans that are requested together with the one before them. */
function bridgedGaps(spans: readonly Span[], waste: number): Set<number> {
  const gaps = spans
    .map(({ start, apart }, index) => ({ index, apart, bytes: start - (spans[index - 1]?.end ?? 0) }))
    .filter(({ index, apart }) => index > 0 && !apart)
    .sort((a, b) => a.bytes - b.bytes);
  const bridged = new Set<number>();
  let left = waste;
  for (const { index, bytes } of gaps) {
    if (bytes > left) break;
    left -= bytes;
    bridged.add(index);
  }
  return bridged;
}

/** Requests of about equal size for spans that lie together. */
function cutRun(run: readonly Span[], bytes: number): JoinedRequest[] {
  const length = run[run.length - 1].end - run[0].start;
  const target = Math.ceil(length / Math.ceil(length / bytes));
  const requests: JoinedRequest[] = [];
  let spans: Span[] = [];
  const close = (): void => {
    if (spans.length > 0) requests.push({ start: spans[0].start, end: spans[spans.length - 1].end, spans });
    spans = [];
  };
  for (let span of run) {
    for (;;) {
      const start = spans[0]?.start ?? span.start;
      if (span.end - start <= target) break;
      const cut = cutAt(span, start + target);
      if (cut === undefined) {
        if (spans.length === 0) break; // it cannot be cut, and is a request by itself
      } else {
        spans.push({ ...span, end: cut });
        span = { ...span, start: cut, from: (span.from ?? 0) + cut - span.start };
      }
      close();
    }
    spans.push(span);
  }
  close();
  return requests;
}

/** The last byte up to `limit` at which a span may be cut; undefined if there is none. */
function cutAt({ start, end, from }: Span, limit: number): number | undefined {
  if (from === undefined) return undefined;
  const at = Math.min(limit, end - 1);
  const cut = at - ((at - start + from) % ALIGNMENT);
  return cut > start ? cut : undefined;
}

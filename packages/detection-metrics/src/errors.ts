/** Ground truth, detections or options that cannot be evaluated; the message names the entry. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError';
}

/** Input pixels from one output pixel to the next where the first and the last of both lie on each other. */
export function alignedStep(size: number, outSize: number): number {
  return outSize > 1 ? (size - 1) / (outSize - 1) : 0;
}

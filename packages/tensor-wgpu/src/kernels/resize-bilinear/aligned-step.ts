/** Input pixels from one output pixel to the next if the first and the last of both coincide. */
export function alignedStep(size: number, outSize: number): number {
  return outSize > 1 ? (size - 1) / (outSize - 1) : 0;
}

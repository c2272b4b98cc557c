import type { ByteSource } from './byte-source.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { parseSafetensorsHeader, type SafetensorsInfo, safetensorsDataStart } from './safetensors-header.ts';

/** A file of which only the header is in memory; tensors are read on demand. */
export interface SafetensorsRanges {
  /** In the order of their data. */
  readonly names: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** @throws SafetensorsError no-such-tensor */
  info(name: string): SafetensorsInfo;
  /** The stored bytes. Rejects with SafetensorsError no-such-tensor */
  bytes(name: string): Promise<Uint8Array>;
}

/**
 * Opens a safetensors file that is read in ranges: 8 bytes, the header, then each tensor on demand.
 *
 * @throws SafetensorsError naming the tensor and the rule that the file breaks
 */
export async function openSafetensors(source: ByteSource): Promise<SafetensorsRanges> {
  const dataStart = safetensorsDataStart(await source.read(0, Math.min(8, source.size)));
  if (dataStart > source.size) {
    throw new SafetensorsError(
      'header-past-end',
      `header ends at byte ${dataStart}, ${source.size} bytes given`,
    );
  }
  const header = await source.read(0, dataStart);
  const { tensors, metadata } = parseSafetensorsHeader(header, source.size);
  function info(name: string): SafetensorsInfo {
    const found = tensors.get(name);
    if (found === undefined) {
      throw new SafetensorsError('no-such-tensor', `${name} is not among its ${tensors.size} tensors`);
    }
    return found;
  }
  return {
    names: [...tensors.keys()],
    metadata,
    info,
    async bytes(name) {
      const { begin, end } = info(name);
      return source.read(begin, end);
    },
  };
}

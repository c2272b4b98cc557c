import type { TypedArray } from '../tensor.ts';
import type { Device } from './device.ts';
import type { Part } from './read-back.ts';

const MAX_BYTES = 8 * 2 ** 20; // of one transfer of several parts

interface Transfer {
  readonly parts: Part[];
  bytes: number;
  readonly arrays: Promise<TypedArray[]>;
}

/** Transfers that have not begun. */
const open = new WeakMap<Device, Transfer>();

/**
 * Copies a part of a tensor to the CPU, in one transfer with those that are requested in the same turn, up to 8 MiB: a model has
 * hundreds of small tensors. Contents are those of the time when the transfer begins, after the turn.
 *
 * @throws whatever `Device.read` throws, for any of them
 */
export async function readShared(part: Part): Promise<TypedArray> {
  const { tensor, bytes = tensor.bytes } = part;
  let transfer = open.get(tensor.device);
  if (!transfer || transfer.bytes + bytes > MAX_BYTES) transfer = begin(tensor.device);
  const index = transfer.parts.push(part) - 1;
  transfer.bytes += bytes;
  return (await transfer.arrays)[index];
}

function begin(device: Device): Transfer {
  const parts: Part[] = [];
  const arrays = Promise.resolve().then(() => {
    if (open.get(device) === transfer) open.delete(device);
    return device.readParts(parts);
  });
  const transfer: Transfer = { parts, bytes: 0, arrays };
  open.set(device, transfer);
  return transfer;
}

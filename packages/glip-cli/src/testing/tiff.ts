/** A TIFF without the tag that says what its numbers mean. */
export function withoutPhotometry(): Buffer {
  const tags = [
    [256, 3, 1, 1], // width
    [257, 3, 1, 1],
    [258, 3, 1, 8],
    [273, 4, 1, 8],
    [279, 4, 1, 1],
  ];
  const bytes = Buffer.alloc(10 + 2 + 12 * tags.length + 4);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(10, 4);
  bytes.writeUInt16LE(tags.length, 10);
  for (const [i, [tag, type, count, value]] of tags.entries()) {
    bytes.writeUInt16LE(tag, 12 + 12 * i);
    bytes.writeUInt16LE(type, 14 + 12 * i);
    bytes.writeUInt32LE(count, 16 + 12 * i);
    bytes.writeUInt32LE(value, 20 + 12 * i);
  }
  return bytes;
}

/** 4 x 4 red pixels of L*, a*, b* and, as the fourth channel, alpha. */
export function labTiff(channels: number): Buffer {
  const pixels = 16 * channels;
  const tags = [
    [256, 3, 4],
    [257, 3, 4],
    [258, 3, 8], // bits; the count is put in below
    [259, 3, 1],
    [262, 3, 8], // CIELab
    [273, 4, 8],
    [277, 3, channels],
    [278, 3, 4],
    [279, 4, pixels],
    ...(channels === 4 ? [[338, 3, 2]] : []),
  ];
  const bits = 8 + pixels;
  const at = bits + 8;
  const bytes = Buffer.alloc(at + 2 + 12 * tags.length + 4);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(at, 4);
  for (let i = 0; i < 16; i++) bytes.set([136, 80, 67, 255].slice(0, channels), 8 + channels * i);
  for (let i = 0; i < channels; i++) bytes.writeUInt16LE(8, bits + 2 * i);
  bytes.writeUInt16LE(tags.length, at);
  for (const [i, [tag, type, value]] of tags.entries()) {
    const entry = at + 2 + 12 * i;
    bytes.writeUInt16LE(tag, entry);
    bytes.writeUInt16LE(type, entry + 2);
    bytes.writeUInt32LE(tag === 258 ? channels : 1, entry + 4);
    bytes.writeUInt32LE(tag === 258 ? bits : value, entry + 8);
  }
  return bytes;
}

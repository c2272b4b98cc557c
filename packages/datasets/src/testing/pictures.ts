/** First and last bytes of a PNG of this size, without pixels. */
export function png(width: number, height: number): Uint8Array {
  const bytes = new Uint8Array(45);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  bytes.set([0x49, 0x45, 0x4e, 0x44], 37);
  return bytes;
}

/** Headers and end of a JPEG, without pixels. @param orientation  EXIF's, 1 to 8 */
export function jpeg(width: number, height: number, orientation = 1): Uint8Array {
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const exif = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  const sides = [height >> 8, height & 255, width >> 8, width & 255];
  const large = new Array(5000).fill(0); // beyond what is read at once
  return Uint8Array.from([
    ...[0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2, ...exif],
    ...[0xff, 0xe2, (large.length + 2) >> 8, (large.length + 2) & 255, ...large],
    ...[0xff, 0xff, 0xc0, 0, 11, 8, ...sides, 1, 1, 0x11, 0, 0xff, 0xd9],
  ]);
}

/** A tar archive of these files. */
export function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = new Uint8Array(512);
    header.set(new TextEncoder().encode(name));
    header.set(new TextEncoder().encode(content.length.toString(8).padStart(11, '0')), 124);
    header.fill(32, 148, 156);
    header[156] = 0x30;
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(new TextEncoder().encode(sum.toString(8).padStart(6, '0')), 148);
    return [...header, ...content, ...new Uint8Array((512 - (content.length % 512)) % 512)];
  });
  return Uint8Array.from([...blocks, ...new Uint8Array(1024)]);
}

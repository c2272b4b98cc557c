/** Kind of a file by its first bytes. */
export type FileKind =
  | { readonly kind: 'picture' }
  | { readonly kind: 'video' }
  /** A list of names, perhaps. */
  | { readonly kind: 'text' }
  /** Safetensors or a checkpoint of PyTorch. */
  | { readonly kind: 'model' }
  | { readonly kind: 'other'; readonly what: string; readonly advice: string };

const PICTURE: FileKind = { kind: 'picture' };
const VIDEO: FileKind = { kind: 'video' };
const other = (what: string, advice: string): FileKind => ({ kind: 'other', what, advice });
const CONVERT = 'Save it as JPEG or PNG and try again.';

const ANY = '\u2026'; // any byte in a signature
const FTYP = `${ANY.repeat(4)}ftyp`;

const HEIC = other(
  'a HEIC photo',
  'This browser cannot decode those. Share it as “Most Compatible” from the phone, or save it as JPEG.',
);

const SIGNATURES: readonly (readonly [starts: readonly string[], kind: FileKind])[] = [
  [
    ['\xff\xd8\xff', '\x89PNG\r\n', 'GIF8', 'BM', `RIFF${ANY.repeat(4)}WEBP`, `${FTYP}avif`, `${FTYP}avis`],
    PICTURE,
  ],
  [['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'].map((brand) => FTYP + brand), HEIC],
  [['II*\0', 'MM\0*'], other('a TIFF or a raw photo', CONVERT)],
  [['FUJIFILMCCD-RAW', 'IIU\0', 'IIRO', `${FTYP}crx `], other('a raw photo of a camera', CONVERT)],
  [['\xff\x0a', '\0\0\0\x0cJXL '], other('a JPEG XL picture', CONVERT)],
  [['\xff\x4f\xff\x51', '\0\0\0\x0cjP  '], other('a JPEG 2000 picture', CONVERT)],
  [['8BPS'], other('a Photoshop document', CONVERT)],
  [['\0\0\x01\0', '\0\0\x02\0'], other('an icon', CONVERT)],
  [['%PDF-'], other('a PDF document', 'Take a picture of the page, and try that.')],
  [[FTYP, '\x1a\x45\xdf\xa3', `RIFF${ANY.repeat(4)}AVI `, '\0\0\x01\xb3', '\0\0\x01\xba', 'OggS'], VIDEO],
  [['PK\x03\x04'], other('an archive', 'Unpack it first.')],
  [['\x1f\x8b', '7z\xbc\xaf', 'Rar!', 'BZh', '\xfd7zXZ'], other('an archive', 'Unpack it first.')],
  [['version https://git-lfs'], other('a pointer of Git LFS', 'Fetch the file itself with “git lfs pull”.')],
];

/**
 * Kind of a file by its first bytes, at least 512 where there are as many; its name tells only checkpoints, which are zip
 * archives, from other archives.
 */
export function fileKind(bytes: Uint8Array, name = ''): FileKind {
  if (bytes.length === 0) return other('empty', 'Choose another file.');
  const start = String.fromCharCode(...bytes.subarray(0, 512));
  if (/\.(safetensors|pth|pt)$/i.test(name)) return { kind: 'model' };
  const known = SIGNATURES.find(([signatures]) => signatures.some((one) => begins(start, one)))?.[1];
  if (known) return known;
  const head = start.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(svg|\?xml)/i.test(head))
    return other('an SVG drawing', 'It has no pixels of its own: export it as PNG.');
  if (/^<(!doctype html|html|head|body)/i.test(head))
    return other('a web page', 'Save the picture itself instead of the page around it.');
  if (!/[^\t\n\v\f\r\P{Cc}\u0080-\u009f]/u.test(start)) return { kind: 'text' };
  return other('not a picture', 'Pictures can be JPEG, PNG, WebP, AVIF, GIF or BMP.');
}

function begins(start: string, signature: string): boolean {
  if (start.length < signature.length) return false;
  return [...signature].every((letter, i) => letter === ANY || letter === start[i]);
}

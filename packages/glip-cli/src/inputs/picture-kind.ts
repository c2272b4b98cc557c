/** A file kind that is not supported but often given as a picture, with advice. */
export interface OtherKind {
  readonly what: string;
  readonly advice: string;
}

const convert = (tool: string): string => `convert it to JPEG or PNG, for example with ${tool}`;

const HEIC: OtherKind = {
  what: 'a HEIC photo',
  advice: convert('"heif-convert IN.heic OUT.jpg", or on a Mac "sips -s format jpeg IN.heic --out OUT.jpg"'),
};
const VIDEO: OtherKind = {
  what: 'a video',
  advice: 'take pictures out of it, for example with "ffmpeg -i VIDEO -vf fps=1 frame-%04d.jpg"',
};
const RAW: OtherKind = { what: 'a raw photo of a camera', advice: convert('darktable or RawTherapee') };

const magick = (what: string): OtherKind => ({ what, advice: convert('"magick IN OUT.png"') });

const ANY = '\u2026'; // any byte in a signature
const FTYP = `${ANY.repeat(4)}ftyp`;

/** Signatures of the recognized kinds, as Latin-1 text. */
const SIGNATURES: readonly (readonly [starts: readonly string[], kind: OtherKind])[] = [
  [['BM'], magick('a BMP picture')],
  [['\0\0\x01\0', '\0\0\x02\0'], magick('an icon')],
  [['8BPS'], magick('a Photoshop document')],
  [['\xff\x0a', '\0\0\0\x0cJXL '], { what: 'a JPEG XL picture', advice: convert('"djxl IN.jxl OUT.png"') }],
  [['\xff\x4f\xff\x51', '\0\0\0\x0cjP  '], magick('a JPEG 2000 picture')],
  [['\x76\x2f\x31\x01'], magick('an OpenEXR picture')],
  [['#?RADIANCE', '#?RGBE'], magick('a Radiance HDR picture')],
  [['DDS '], magick('a DirectDraw texture')],
  [['gimp xcf'], magick('a GIMP picture')],
  [['%PDF-'], { what: 'a PDF document', advice: convert('"pdftoppm -png IN.pdf OUT"') }],
  [['FUJIFILMCCD-RAW', 'IIU\0', 'IIRO', 'IIRS', 'MMOR', `${FTYP}crx `, `II*\0${ANY.repeat(4)}CR`], RAW],
  [['qt  ', 'isom', 'iso', 'mp4', 'avc1', 'M4V', '3gp', 'dash', 'MSNV'].map((brand) => FTYP + brand), VIDEO],
  [
    ['\x1a\x45\xdf\xa3', `RIFF${ANY.repeat(4)}AVI `, '\0\0\x01\xb3', '\0\0\x01\xba', 'FLV\x01', 'OggS'],
    VIDEO,
  ],
  [
    ['PK\x03\x04', '\x1f\x8b', '7z\xbc\xaf', 'Rar!', 'BZh', '\xfd7zXZ', '\x28\xb5\x2f\xfd'],
    { what: 'an archive', advice: 'unpack it' },
  ],
  [
    ['version https://git-lfs'],
    { what: 'a pointer of Git LFS', advice: 'fetch the picture with "git lfs pull"' },
  ],
];

const PAGE: OtherKind = { what: 'a web page (HTML)', advice: 'download the picture itself' };
const PAGE_START = /^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)/i;

const HEVC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];

/** Kind of an unsupported file, by its first bytes; undefined for all others. */
export function otherKind(bytes: Uint8Array): OtherKind | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(512, bytes.length)).toString('latin1');
  if (start.slice(4, 8) === 'ftyp') {
    const brands = brandsOf(bytes, start);
    if (!brands.includes('avif') && brands.some((brand) => HEVC_BRANDS.includes(brand))) return HEIC;
  }
  if (PAGE_START.test(start)) return PAGE;
  return SIGNATURES.find(([signatures]) => signatures.some((one) => begins(start, one)))?.[1];
}

function begins(start: string, signature: string): boolean {
  if (start.length < signature.length) return false;
  return [...signature].every((letter, i) => letter === ANY || letter === start[i]);
}

/** The major and the compatible brands of an ISO media file. */
function brandsOf(bytes: Uint8Array, start: string): string[] {
  const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  const end = Math.min(size, start.length);
  const brands = [start.slice(8, 12)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(start.slice(at, at + 4));
  return brands;
}

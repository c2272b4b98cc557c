import { SAVE_AGAIN, SAVE_PICKLED } from './advice.ts';
import { uint64, viewOf } from './bytes.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';

interface OtherFile {
  readonly matches: (text: string) => boolean;
  readonly code: TorchFileErrorCode;
  readonly message: string;
}

const MAGIC = '\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19'; // of torch.save before 1.6
const COMPRESSED = ['\x1f\x8b', 'BZh', '\xfd7zXZ', '\x28\xb5\x2f\xfd', '7z\xbc\xaf', 'Rar!'];
const LINK = 'the link is wrong, has expired, or needs a login';

const starts =
  (...prefixes: readonly string[]) =>
  (text: string): boolean =>
    prefixes.some((prefix) => text.startsWith(prefix));
const isPickle = (text: string): boolean => text[0] === '\x80' && text[1] >= '\x02' && text[1] <= '\x05';

const OTHERS: readonly OtherFile[] = [
  {
    matches: (text) => text === '',
    code: 'not-a-checkpoint',
    message: 'the file is empty: it was not downloaded, or not written',
  },
  {
    matches: (text) => /^\0+$/.test(text),
    code: 'not-a-checkpoint',
    message: 'it starts with zeros: the download did not finish. Download it again',
  },
  {
    matches: (text) => isPickle(text) && [2, 11].some((at) => text.startsWith(MAGIC, at)),
    code: 'legacy-pickle',
    message: `it was saved in the form of PyTorch before 1.6. ${SAVE_AGAIN}`,
  },
  {
    matches: (text) => text.startsWith('ustar', 257),
    code: 'legacy-tar',
    message: `it is a tar archive: of PyTorch before 0.4, or one that a checkpoint is packed in. Unpack that; for the former: ${SAVE_AGAIN}`,
  },
  {
    matches: (text) => /^\s*<(!doctype|html)/i.test(text),
    code: 'web-page',
    message: 'it is a web page, not a checkpoint: the link leads to a page about the file',
  },
  {
    matches: (text) => /^\s*(<\?xml|<Error>|\{\s*"(error|message|detail)")/.test(text),
    code: 'web-page',
    message: `it is the error message of a server, not a checkpoint: ${LINK}`,
  },
  {
    matches: starts('version https://git-lfs'),
    code: 'lfs-pointer',
    message: 'it is a pointer of Git LFS, not the file: run `git lfs pull`, or download the file itself',
  },
  {
    matches: isPickle,
    code: 'not-a-checkpoint',
    message: `it is a bare pickle, not a checkpoint of torch.save. ${SAVE_PICKLED}`,
  },
  {
    matches: starts(...COMPRESSED),
    code: 'not-a-checkpoint',
    message: 'it is a compressed archive: unpack it and take the checkpoint in it',
  },
  {
    matches: starts('\x89HDF\r\n'),
    code: 'not-a-checkpoint',
    message: 'it is an HDF5 file, as Keras writes, not a checkpoint of PyTorch',
  },
  {
    matches: starts('\x93NUMPY'),
    code: 'not-a-checkpoint',
    message: 'it is an array of NumPy, not a checkpoint of PyTorch',
  },
  {
    matches: starts('GGUF'),
    code: 'not-a-checkpoint',
    message: 'it is a GGUF file of llama.cpp, not a checkpoint of PyTorch',
  },
];

/**
 * Refuses a file that is neither safetensors nor a zip archive, with a specific reason. A file that starts like
 * safetensors, with the length of a header and `{`, is left to its reader.
 *
 * @throws TorchFileError
 */
export function refuseOtherFiles(head: Uint8Array, size: number): void {
  const text = Array.from(head, (byte) => String.fromCharCode(byte)).join('');
  const other = OTHERS.find(({ matches }) => matches(text));
  if (other) throw new TorchFileError(other.code, other.message);
  if (head[8] === 0x7b && uint64(viewOf(head), 0) < 2 ** 32) return;
  const bytes = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new TorchFileError(
    'not-a-checkpoint',
    `it is neither a checkpoint of PyTorch nor a safetensors file: ${size} bytes, of which the first are ${bytes}. It is damaged, or something else; download it again`,
  );
}

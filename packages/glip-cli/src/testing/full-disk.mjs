// Preloaded into a program: what it writes to files fails as on a full disk after GLIP_TEST_DISK bytes.
import { open } from 'node:fs/promises';

let left = Number(process.env.GLIP_TEST_DISK);
const file = await open(process.execPath);
const prototype = Object.getPrototypeOf(file);
await file.close();

const { write } = prototype;
prototype.write = function (bytes, ...place) {
  if (bytes.length > left) {
    const error = new Error('ENOSPC: no space left on device, write');
    return Promise.reject(Object.assign(error, { code: 'ENOSPC', errno: -28, syscall: 'write' }));
  }
  left -= bytes.length;
  return write.call(this, bytes, ...place);
};

// Decodes pictures in a process of its own, so that a decoder that hangs or crashes can be ended. Messages: `{ id, bytes,
// maxPixels }` comes in, `{ id, image }` or `{ id, refused }` goes out. JavaScript, so that Node runs it without a build.
import { decode } from './decode-picture.js';

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL')); // an exit would wait for a hung decoder
process.on('message', async ({ id, bytes, maxPixels }) => {
  try {
    process.send({ id, image: await decode(bytes, maxPixels) });
  } catch (error) {
    process.send({ id, refused: error instanceof Error ? error.message : String(error) });
  }
});

// A static server as hosts are: compressed text, index.html of folders, 404.html for what is missing.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * @param {string} folder
 * @returns {Promise<{ url: string, close(): void }>}
 */
export function serve(folder) {
  const server = createServer(({ url = '/' }, response) => {
    let file = join(folder, normalize(decodeURIComponent(new URL(url, 'http://x').pathname)));
    if (existsSync(file) && statSync(file).isDirectory()) file = join(file, 'index.html');
    const found = existsSync(file);
    if (!found) file = join(folder, '404.html');
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    const body = readFileSync(file);
    const text = /text|javascript|json|svg/.test(type);
    response.writeHead(found ? 200 : 404, {
      'content-type': type,
      'cache-control': file.includes('/assets/') ? 'max-age=31536000, immutable' : 'max-age=600',
      ...(text ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(text ? gzipSync(body) : body);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      resolve({ url: `http://127.0.0.1:${port}`, close: () => server.close() });
    });
  });
}

import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connect, Plugin } from 'vite';
import { areInstalled } from './peers.ts';
import { peerFolder } from './record-library-files.ts';

const BESIDE = './npm/';
const page = fileURLToPath(new URL('../../dist/index.html', import.meta.url));
const mark = `<meta name="peer-libraries" content="${BESIDE}" />`;

/**
 * Serves the installed libraries beside the page, as npm CDNs do, and tells the page that they are available. Not part of a
 * build.
 */
export function serveLibraries(): Plugin {
  return {
    name: 'serve-libraries',
    transformIndexHtml: (_, { server }) =>
      server && areInstalled()
        ? [{ tag: 'meta', attrs: { name: 'peer-libraries', content: BESIDE }, injectTo: 'head' }]
        : [],
    configureServer: ({ middlewares }) => void middlewares.use(answer(false)),
    configurePreviewServer: ({ middlewares }) => void middlewares.use(answer(true)),
  };
}

/** @param marked  whether the page has to be marked here */
function answer(marked: boolean): Connect.NextHandleFunction {
  return (request, response, next) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (marked && /^\/(index\.html)?$/.test(pathname) && areInstalled() && existsSync(page)) {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(readFileSync(page, 'utf8').replace('</head>', `${mark}</head>`));
    } else if (pathname.startsWith('/npm/')) serve(pathname, response);
    else next();
  };
}

function serve(pathname: string, response: ServerResponse): void {
  const path = normalize(decodeURIComponent(pathname.slice('/npm'.length)));
  const file = join(peerFolder, 'node_modules', path.replace(/^(\/(?:@[^/]+\/)?[^/@]+)@[^/]+/, '$1'));
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

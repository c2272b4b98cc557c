// Keeps this build's files, so that the page works without a network after the first visit. The build fills in FILES and
// VERSION. A new build waits until no page of the old one is open, since those may still need its files. A page that is open
// while this worker is installed stays with its server: a file that is read in ranges must not change between two of them.

const FILES = [];
const VERSION = '';
const PREFIX = 'glip-playground-';

addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(PREFIX + VERSION);
      // Names of assets change with their content; that of the page does not.
      const requests = FILES.map(
        (file) => new Request(file, { cache: file === './' ? 'reload' : 'default' }),
      );
      await cache.addAll(requests);
    })(),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      const old = names.filter((name) => name.startsWith(PREFIX) && name !== PREFIX + VERSION);
      await Promise.all(old.map((name) => caches.delete(name)));
    })(),
  );
});

addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(registration.scope)) return;
  event.respondWith(
    (async () => {
      const cache = await caches.open(PREFIX + VERSION);
      const key = request.mode === 'navigate' ? './' : request;
      // Scripts are asked for with an Origin header, which a server may name in Vary.
      return (await cache.match(key, { ignoreSearch: true, ignoreVary: true })) ?? fetch(request);
    })(),
  );
});

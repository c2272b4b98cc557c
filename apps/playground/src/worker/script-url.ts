import workerUrl from './worker.ts?worker&url';

/** Address of the service worker, beside the page. */
export const SERVICE_WORKER = './service-worker.js';

interface ScriptUrls {
  createScriptURL(url: string): string;
}

const { trustedTypes } = globalThis as {
  trustedTypes?: { createPolicy(name: string, rules: ScriptUrls): ScriptUrls };
};
const policy = trustedTypes?.createPolicy('playground', {
  createScriptURL(url) {
    if (url === workerUrl || url === SERVICE_WORKER) return url;
    throw new TypeError(`${url} is no script of this page`);
  },
});

/** The page's policy requires trusted addresses of scripts: its two workers have one, nothing else. */
export const scriptUrl = (url: string): string => policy?.createScriptURL(url) ?? url;

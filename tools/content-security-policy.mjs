// Policy of the built pages. Static hosts allow no custom headers, so it is a <meta>, first in the head.

const DIRECTIVES = {
  'default-src': "'self'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self' data: blob:", // small assets are built in as data
  'worker-src': "'self'",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'require-trusted-types-for': "'script'",
};

/**
 * Vite plugin that puts the policy into every page of a build.
 *
 * @param {Readonly<Record<string, string>>} more  directives to add or to replace
 * @returns {import('vite').Plugin}
 */
export function contentSecurityPolicy(more = {}) {
  const content = Object.entries({ ...DIRECTIVES, ...more })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler: () => [
        {
          tag: 'meta',
          attrs: { 'http-equiv': 'Content-Security-Policy', content },
          injectTo: 'head-prepend',
        },
      ],
    },
  };
}

// Links of documents, rewritten for the site. Documents link to files of the repository, so that they can be read there, too.
import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Pages made from documents that lie elsewhere in the repository: page in `docs/`, without its ending, by document. */
export const DOCUMENTS = {
  'ARCHITECTURE.md': 'project/architecture',
  'BENCHMARKS.md': 'project/measurements',
  'CONTRIBUTING.md': 'project/contributing',
  'SECURITY.md': 'project/security',
  'apps/bench/README.md': 'project/benchmark',
  'apps/emoji-world/README.md': 'project/emoji-world',
  'examples/README.md': 'project/pictures',
  'packages/glip-cli/README.md': 'reference/glip-cli',
  'scripts/experiments/README.md': 'project/experiments',
};

/** Address of the repository on the web, if this build knows it. */
export function repositoryAddress() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  return server && repository ? `${server}/${repository}` : undefined;
}

/**
 * @param {string} target    a link as written: relative to the document, perhaps with a fragment
 * @param {string} document  the document's path in the repository
 * @returns {{ page?: string, file?: string, hash: string } | undefined}  the page, without its ending, or the file of the repository that
 *   is no page; undefined for links to other places
 */
export function resolveLink(target, document) {
  if (/^([a-z]+:|#|\/)/i.test(target)) return undefined;
  const [path, fragment] = target.split('#');
  const hash = fragment ? `#${fragment}` : '';
  const file = normalize(join(dirname(document), path)).replace(/\/$/, '');
  const [, group] = /^docs\/api\/([\w-]+)\.md$/.exec(file) ?? [];
  if (group) return { page: `reference/${group}/${fragment ?? 'index'}`, hash: '' };
  if (file.startsWith('docs/') && /\.(md|html)$/.test(file))
    return { page: file.slice(5).replace(/\.(md|html)$/, ''), hash };
  const asDocument = /^packages\/[\w-]+$/.test(file) || /^apps\/(bench|emoji-world)$/.test(file);
  const known = asDocument ? `${file}/README.md` : file;
  if (known in DOCUMENTS) return { page: DOCUMENTS[known], hash };
  const [, name] = /^packages\/([\w-]+)\/README\.md$/.exec(known) ?? [];
  if (name) return { page: `reference/${name}/index`, hash };
  return { file, hash };
}

/** The link from one page to another, as VitePress wants it. */
export function pageLink({ page, hash }, from) {
  const path = relative(dirname(from), page);
  return `${path.startsWith('.') ? path : `./${path}`}.md${hash}`;
}

/** Address of a file of the repository; undefined if this build does not know the repository. */
export function fileAddress(file) {
  const address = repositoryAddress();
  if (!address) return undefined;
  const kind = existsSync(root + file) && statSync(root + file).isDirectory() ? 'tree' : 'blob';
  return `${address}/${kind}/main/${file}`;
}

/**
 * A document with its links rewritten for the page that it becomes. Links to files that this build cannot lead to are left as text.
 *
 * @param {string} text
 * @param {string} document  its path in the repository
 * @param {string} page      the page, without its ending
 */
export function rewriteLinks(text, document, page) {
  return text.replaceAll(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, image, label, target) => {
    const found = resolveLink(target, document);
    if (!found) return whole;
    if (found.page) return `${image}[${label}](${pageLink(found, page)})`;
    if (image) return `![${label}](${relative(join('docs', dirname(page)), found.file)})`;
    const address = fileAddress(found.file);
    return address ? `[${label}](${address}${found.hash})` : label;
  });
}

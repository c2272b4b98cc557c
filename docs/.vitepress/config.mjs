import { existsSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { fileAddress, pageLink, repositoryAddress, resolveLink, root } from '../scripts/links.mjs';
import { hydration } from './hydration.mjs';

const base = process.env.DOCS_BASE ?? '/';
const sidebarFile = `${root}docs/reference/sidebar.json`;
const packages = existsSync(sidebarFile) ? JSON.parse(readFileSync(sidebarFile, 'utf8')) : [];
const repository = repositoryAddress();
const DESCRIPTION =
  'Find what a text names in a picture: grounded zero-shot object detection in browsers, Node and Deno on hand-written WebGPU kernels.';

const page = (text, link) => ({ text, link: `/${link}` });

export default defineConfig({
  title: 'GLIP on WebGPU',
  description: DESCRIPTION,
  lang: 'en',
  base,
  outDir: `${root}out/docs`,
  cacheDir: `${root}.cache/vitepress`,
  vite: { plugins: [hydration()] },
  srcExclude: ['api/**', 'README.md', 'node_modules/**'],
  // The pages are other programs, which are put beside the site after it is built.
  ignoreDeadLinks: [/^\/(playground|bench)\//],
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }],
    ['meta', { name: 'theme-color', content: '#ffffff', media: '(prefers-color-scheme: light)' }],
    ['meta', { name: 'theme-color', content: '#1b1b1f', media: '(prefers-color-scheme: dark)' }],
  ],
  markdown: {
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    config: (md) => {
      md.core.ruler.push('repository-links', ({ tokens, env }) => {
        for (const token of tokens.flatMap(({ children }) => children ?? [])) {
          if (token.type === 'link_open') rewrite(token, env.relativePath);
        }
      });
    },
  },
  // The theme's front page has no main landmark; see also theme/index.mjs.
  transformHtml: (html) => html.replace(/<div class="VPContent is-home"/, '$& role="main"'),
  themeConfig: {
    nav: [
      page('Get started', 'start/'),
      page('Guides', 'guides/prompts'),
      page('Reference', 'reference/'),
      { text: 'Playground', link: `${base}playground/`, target: '_self', rel: '' },
      { text: 'Benchmark', link: `${base}bench/`, target: '_self', rel: '' },
    ],
    // Short sidebars are read, and with them a page is alive sooner: each package has one that lists its own pages.
    sidebar: {
      ...Object.fromEntries(packages.map(({ link }) => [link, referenceSidebar(link)])),
      '/reference/': referenceSidebar(),
      '/': guideSidebar(),
    },
    outline: { level: [2, 3] },
    search: { provider: 'local' },
    externalLinkIcon: true,
    ...(repository ? { socialLinks: [{ icon: 'github', link: repository }] } : {}),
    ...(repository ? { editLink: { pattern: `${repository}/edit/main/docs/:path` } } : {}),
    footer: { message: 'MIT license. No cookies, no tracking, no requests to other hosts.' },
  },
});

/** Links of hand-written pages to files of the repository lead to their pages, or to the repository on the web. */
function rewrite(token, path) {
  const found = resolveLink(token.attrGet('href') ?? '', `docs/${path}`);
  if (!found) return;
  if (found.page) return token.attrSet('href', pageLink(found, path.replace(/\.md$/, '')));
  const address = fileAddress(found.file);
  if (!address) throw new Error(`docs/${path} links to ${found.file}, which is no page of the site`);
  token.attrSet('href', `${address}${found.hash}`);
}

/** @param open  address of the package whose pages are listed */
function referenceSidebar(open) {
  const listed = packages.map(({ text, link, items }) =>
    link === open ? { text, link, items, collapsed: false } : { text, link },
  );
  return [
    page('Guides', 'start/'),
    {
      text: 'Reference',
      link: '/reference/',
      items: [page('glip (command line)', 'reference/glip-cli'), ...listed],
    },
  ];
}

function guideSidebar() {
  return [
    {
      text: 'Get started',
      items: [
        page('Overview', 'start/'),
        page('Command line', 'start/command-line'),
        page('Browser', 'start/browser'),
        page('Node', 'start/node'),
        page('Deno', 'start/deno'),
      ],
    },
    {
      text: 'Guides',
      items: [
        page('Prompts that work', 'guides/prompts'),
        page('Thresholds', 'guides/thresholds'),
        page('Labeling a dataset for YOLO', 'guides/labeling'),
        page('Webcam and video', 'guides/webcam'),
        page('Vite and Next.js', 'guides/bundlers'),
        page('Training', 'guides/training'),
        page('Adapters and few pictures', 'guides/transfer'),
        page('Evaluation', 'guides/evaluation'),
        page('Adding a model', 'guides/adding-a-model'),
        page('Adding a kernel', 'guides/adding-a-kernel'),
      ],
    },
    {
      text: 'Coming from',
      items: [
        page('transformers.js', 'from/transformers-js'),
        page('GLIP in Python', 'from/python-glip'),
        page('Grounding DINO', 'from/grounding-dino'),
      ],
    },
    {
      text: 'Facts',
      items: [
        page('Troubleshooting', 'troubleshooting'),
        page('Models', 'models'),
        page('Results', 'results'),
        page('Experiments', 'experiments'),
        page('Browser support', 'browser-support'),
        page('Roadmap', 'roadmap'),
      ],
    },
    {
      text: 'Project',
      link: '/project/architecture', // a group that only opens would be a button with a button inside
      collapsed: true,
      items: [
        page('Architecture', 'project/architecture'),
        page('Contributing', 'project/contributing'),
        page('Measurements', 'project/measurements'),
        page('Benchmark page', 'project/benchmark'),
        page('Emoji World', 'project/emoji-world'),
        page('Configurations of experiments', 'project/experiments'),
        page('Security', 'project/security'),
      ],
    },
    page('Reference', 'reference/'),
  ];
}

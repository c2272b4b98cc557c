// The API reference: a page for each group of exports of each package, in `docs/reference`. `docs/api/PACKAGE.md` has the groups, each
// with a text, an example and the source files whose exports belong to it.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { Application } from 'typedoc';
import ts from 'typescript';
import { fileAddress, repositoryAddress, rewriteLinks, root } from './links.mjs';

const out = `${root}docs/reference/`;
const entries = `${root}.cache/reference/`;

/** Source file of an entry point, such as './losses'. */
const ENTRIES = {
  wink: 'prompt/wink.ts',
  xenova: 'xenova.ts',
  node: 'node.ts',
  transformers: 'transformers.ts',
};
const sourceOf = (name, entry) =>
  `${root}packages/${name}/src/${ENTRIES[entry] ?? (entry === '' ? 'index.ts' : `${entry}/index.ts`)}`;

/**
 * Groups of a package, in order.
 *
 * @param {string} name
 * @returns {{ title: string, slug: string, entry: string, from: RegExp, text: string }[]}
 */
function groupsOf(name) {
  const file = `${root}docs/api/${name}.md`;
  return (existsSync(file) ? readFileSync(file, 'utf8') : '')
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [, title, entry = '', from, rest] =
        /^(.+)\n+<!-- (?:entry: (\S+), )?from: (.+?) -->\n([\s\S]*)$/.exec(section) ?? [];
      if (!title)
        throw new Error(
          `docs/api/${name}.md: "${section.split('\n')[0]}" does not say where its exports are from`,
        );
      const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
      return { title, slug, entry, from: new RegExp(`^(${from.replaceAll(' ', '|')})`), text: rest.trim() };
    });
}

/** Entry points, the package's own last. */
const entriesOf = (groups) => [...new Set(['', ...groups.map(({ entry }) => entry)])].sort().reverse();

/** Exports that no group asks for: nothing is left out of the reference. */
const OTHER = {
  title: 'Further exports',
  slug: 'further-exports',
  from: /^$/,
  text: 'Exports that belong to no other group.',
};

/** Names of the exports of a package's groups, each in the first group that it fits. */
function exportsOf(program, name, groups) {
  const checker = program.getTypeChecker();
  const source = `${root}packages/${name}/src/`;
  const found = new Map(groups.map((group) => [group, []]));
  const taken = new Set();
  for (const entry of entriesOf(groups)) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(sourceOf(name, entry)));
    for (const symbol of checker.getExportsOfModule(module)) {
      const original = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const { fileName } = original.declarations[0].getSourceFile();
      if (!fileName.startsWith(source) || taken.has(original)) continue;
      const group = groups.find(
        (group) => group.entry === entry && group.from.test(fileName.slice(source.length)),
      );
      taken.add(original);
      if (!group) console.warn(`docs/api/${name}.md: no group for ${symbol.name}`);
      const other = { ...OTHER, entry, slug: entry ? `further-exports-of-${entry}` : OTHER.slug };
      const key = group ?? groups.find(({ slug }) => slug === other.slug) ?? other;
      if (!found.has(key)) {
        groups.push(key);
        found.set(key, []);
      }
      found.get(key).push(symbol.name);
    }
  }
  return found;
}

/** @param {string} base  path of the site, with slashes at both ends */
export async function writeReference(base) {
  rmSync(out, { recursive: true, force: true });
  rmSync(entries, { recursive: true, force: true });
  const names = readdirSync(`${root}packages`).filter((name) => existsSync(sourceOf(name, '')));
  const packages = names.map((name) => ({ name, groups: groupsOf(name) }));
  const files = packages.flatMap(({ name, groups }) =>
    entriesOf(groups).map((entry) => sourceOf(name, entry)),
  );
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: [...new Set(files)] },
    ts.sys,
    root,
  );
  const program = ts.createProgram(files, options);
  const entryPoints = [];
  for (const { name, groups } of packages) {
    mkdirSync(`${entries}${name}`, { recursive: true });
    for (const [{ title, slug, entry }, exported] of exportsOf(program, name, groups)) {
      if (exported.length === 0) throw new Error(`docs/api/${name}.md: "${title}" has no exports`);
      const file = `${entries}${name}/${slug}.ts`;
      const from = relative(`${entries}${name}`, sourceOf(name, entry));
      writeFileSync(
        file,
        `/** @module ${name}/${slug} */\nexport { ${exported.join(', ')} } from '${from}';\n`,
      );
      entryPoints.push(file);
    }
  }
  writeFileSync(
    `${entries}tsconfig.json`,
    JSON.stringify({ extends: '../../tsconfig.json', include: ['**/*.ts', '../../types'] }),
  );
  await runTypedoc(entryPoints, base);
  for (const { name, groups } of packages) finish(name, groups);
  writeIndex(names);
  writeFileSync(
    `${out}sidebar.json`,
    JSON.stringify(packages.map(({ name, groups }) => sidebarOf(name, groups))),
  );
}

async function runTypedoc(entryPoints, base) {
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    name: 'Reference',
    entryPoints,
    tsconfig: `${entries}tsconfig.json`,
    displayBasePath: root,
    entryPointStrategy: 'resolve',
    skipErrorChecking: true,
    readme: 'none',
    excludeInternal: true,
    excludePrivate: true,
    validation: { invalidPath: false, notExported: true, invalidLink: true },
    treatWarningsAsErrors: true,
    disableGit: true,
    gitRevision: 'main',
    sourceLinkTemplate: repositoryAddress() ? `${fileAddress('')}{path}#L{line}` : `${base}source/{path}.txt`,
    out,
    router: 'module',
    hideBreadcrumbs: true,
    hidePageHeader: true,
    groupOrder: ['Functions', 'Classes', 'Variables', '*'],
    sort: ['source-order'],
    tableColumnSettings: { hideSources: true, hideModifiers: true },
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    propertyMembersFormat: 'table',
    sanitizeComments: true,
    logLevel: 'Warn',
  });
  const project = await app.convert();
  if (!project) throw new Error('the reference cannot be read');
  app.validate(project);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('TypeDoc has warnings: see above');
}

/** Puts the groups' texts in front of what TypeDoc wrote, and a package's README in front of its groups. */
function finish(name, groups) {
  const specifier = (entry) => `@glip-wgpu/${name}${entry ? `/${entry}` : ''}`;
  for (const { title, slug, entry, text } of groups) {
    const file = `${out}${name}/${slug}.md`;
    const body = readFileSync(file, 'utf8').replace(/^# .*\n/, '');
    const prose = rewriteLinks(text, `docs/api/${name}.md`, `reference/${name}/${slug}`);
    const description = text
      .split('\n\n')[0]
      .replaceAll('\n', ' ')
      .replaceAll(/[`"]|\]\([^)]*\)|\[/g, '');
    const head = `---\ndescription: "${description}"\neditLink: false\noutline: [2, 3]\n---\n`;
    writeFileSync(file, `${head}\n# ${title}\n\nImported from \`${specifier(entry)}\`.\n\n${prose}\n${body}`);
  }
  const readme = rewriteLinks(
    readFileSync(`${root}packages/${name}/README.md`, 'utf8'),
    `packages/${name}/README.md`,
    `reference/${name}/index`,
  );
  const list = groups.map(({ title, slug, text }) => {
    const [first] = text.split('\n\n');
    const summary = rewriteLinks(
      first.replaceAll('\n', ' '),
      `docs/api/${name}.md`,
      `reference/${name}/index`,
    );
    return `- [${title}](./${slug}.md): ${summary}`;
  });
  const head = `---\ndescription: "The package @glip-wgpu/${name}: what it does, examples, and its API."\neditLink: false\n---\n\n`;
  writeFileSync(`${out}${name}/index.md`, `${head}${readme}\n## API\n\n${list.join('\n')}\n`);
}

/** Packages with the summaries of their manifests. */
function writeIndex(names) {
  const rows = names.map((name) => {
    const { description } = JSON.parse(readFileSync(`${root}packages/${name}/package.json`, 'utf8'));
    return `| [${name}](./${name}/index.md) | ${description} |`;
  });
  const text = `---
description: The API of every package of GLIP on WebGPU, in groups, with examples and sources.
editLink: false
---

# Reference

Begin with [glip-core](./glip-core/index.md), the model. Every group of exports has a page with an example, and every export a link to
its source. The command line is [glip](./glip-cli.md).

| package | what it is |
| --- | --- |
${rows.join('\n')}
`;
  writeFileSync(`${out}index.md`, text);
}

function sidebarOf(name, groups) {
  return {
    text: name,
    link: `/reference/${name}/`,
    collapsed: true,
    items: groups.map(({ title, slug }) => ({ text: title, link: `/reference/${name}/${slug}` })),
  };
}

import { type Browser, chromium as playwright } from 'playwright';
import { createServer, preview } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromium } from '../../tools/chromium.mjs';
import { emptyProject, type Project } from './project.ts';
import { readmeOf } from './readme.ts';
import { openRegistry, type Registry } from './registry.ts';
import { LIBRARIES } from './type-check.ts';

let registry: Registry;
let browser: Browser;
beforeAll(async () => {
  registry = await openRegistry();
  browser = await playwright.launch({ ...chromium, ignoreDefaultArgs: ['--disable-gpu'] });
});
afterAll(async () => {
  await browser?.close();
  await registry?.[Symbol.asyncDispose]();
});

/** A page that runs a README's examples one after the other. */
async function page(name: string): Promise<Project> {
  const { install, examples } = readmeOf(name);
  const project = emptyProject(registry);
  await project.run(install);
  await project.run('npm install --save-dev vite@8.3.8');
  for (const [i, example] of examples.entries()) project.write(`example-${i}.js`, example);
  project.write(
    'main.js',
    `${examples.map((_, i) => `import './example-${i}.js';\n`).join('')}document.title = 'done';\n`,
  );
  const head = '<!doctype html><title>…</title><link rel="icon" href="data:," />';
  project.write('index.html', `${head}<script type="module" src="/main.js"></script>\n`);
  return project;
}

/** Console output of the page, once it has finished. Fails on any error or warning. */
async function visit(url: string | undefined): Promise<string[]> {
  const tab = await browser.newPage();
  const lines: string[] = [];
  const problems: string[] = [];
  tab.on('pageerror', (error) => problems.push(String(error)));
  tab.on('console', (message) => {
    const list = ['error', 'warning'].includes(message.type()) ? problems : lines;
    if (!message.text().includes('[vite]')) list.push(message.text());
  });
  await tab.goto(`${url}`);
  await tab
    .waitForFunction(() => document.title === 'done', null, { timeout: 900_000 })
    .catch((error) => {
      problems.push(String(error));
    });
  await tab.close();
  expect(problems).toEqual([]);
  return lines;
}

it.each(LIBRARIES)('%s is built by Vite without a warning and runs in Chromium', async (name) => {
  using project = await page(name);
  expect(await project.run('npx vite build')).not.toMatch(/warn|\(!\)/i);
  const server = await preview({
    root: project.folder,
    configFile: false,
    logLevel: 'error',
    preview: { port: 0 },
  });
  expect(await visit(server.resolvedUrls?.local[0])).not.toEqual([]);
  await server.close();
});

it.each(LIBRARIES)("%s runs in Chromium from Vite's development server", async (name) => {
  using project = await page(name);
  const server = await createServer({
    root: project.folder,
    configFile: false,
    logLevel: 'error',
    server: { port: 0 },
  });
  await server.listen();
  expect(await visit(server.resolvedUrls?.local[0])).not.toEqual([]);
  await server.close();
});

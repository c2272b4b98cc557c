// Judges the built site with axe and Lighthouse. Started by `npm run audit:pages`, which installs what it needs.
// --pages /,/start/ judges only these; --runs 5 takes the median of five runs of Lighthouse, of three otherwise; --axe or --lighthouse only by one of them; --screenshots FOLDER keeps pictures of the pages.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { launch } from 'chrome-launcher';
import lighthouse, { defaultConfig, desktopConfig } from 'lighthouse';
import { chromium } from '../../tools/chromium.mjs';
import { root } from './links.mjs';
import { serve } from './serve.mjs';

const PAGES = [
  '/',
  '/start/',
  '/guides/prompts.html',
  '/from/transformers-js.html',
  '/models.html',
  '/reference/',
  '/reference/tensor-wgpu/elementwise-functions.html',
  '/project/contributing.html',
  '/playground/',
  '/bench/',
];
const SHOTS = ['/', '/start/', '/reference/tensor-wgpu/elementwise-functions.html', '/models.html'];
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'];
const MIN_SCORE = 0.95;
const PHONE_INDEX = 450; // benchmark index of Lighthouse's phone: 4 times slower than a machine of 1800

const { values } = parseArgs({
  options: {
    pages: { type: 'string' },
    axe: { type: 'boolean', default: false },
    lighthouse: { type: 'boolean', default: false },
    desktop: { type: 'boolean', default: false },
    screenshots: { type: 'string' },
    runs: { type: 'string', default: '3' },
  },
});
const both = values.axe === values.lighthouse;
const pages = values.pages?.split(',') ?? PAGES;
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs >= 1))
  throw new Error(`--runs ${values.runs}: expected a whole number from 1`);
const server = await serve(`${root}out/docs`);
let failures = 0;
try {
  if (both || values.axe) await runAxe();
  if (both || values.lighthouse) await runLighthouse();
} finally {
  server.close();
}
console.log(failures === 0 ? 'no faults' : `${failures} faults`);
process.exitCode = failures === 0 ? 0 : 1;

function fault(text) {
  failures += 1;
  console.log(`  ${text}`);
}

/** Rules of WCAG 2.2 AA and best practices, in light and dark; requests to other hosts; overflow on a phone. */
async function runAxe() {
  const { chromium: playwright } = await import('playwright');
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const browser = await playwright.launch(chromium);
  for (const colorScheme of ['light', 'dark']) {
    for (const width of [1280, 390]) {
      const context = await browser.newContext({
        colorScheme,
        bypassCSP: true,
        viewport: { width, height: 900 },
      });
      for (const path of pages) {
        const page = await context.newPage();
        const foreign = [];
        page.on('request', (request) => {
          if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(server.url))
            foreign.push(request.url());
        });
        await page.goto(server.url + path, { waitUntil: 'load' });
        await page.waitForTimeout(500); // until scripts have drawn what they draw
        await page.evaluate(axe);
        const { violations, passes } = await page.evaluate(() =>
          globalThis.axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
            resultTypes: ['violations'],
          }),
        );
        console.log(
          `axe ${colorScheme} ${width} ${path}: ${violations.length} faults, ${passes.length} rules passed`,
        );
        for (const { id, help, nodes } of violations) {
          fault(
            `${id}: ${help}: ${nodes
              .slice(0, 3)
              .map(({ target, failureSummary }) => `${target} ${failureSummary?.split('\n')[1] ?? ''}`)
              .join('; ')}`,
          );
        }
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (over > 0) fault(`${over} px wider than the screen`);
        for (const url of foreign) fault(`requests ${url}`);
        if (values.screenshots && (values.pages || SHOTS.includes(path)))
          await shoot(page, path, colorScheme, width);
        await page.close();
      }
      await context.close();
    }
  }
  await browser.close();
}

async function shoot(page, path, colorScheme, width) {
  mkdirSync(values.screenshots, { recursive: true });
  const name = path.replaceAll('/', '-').replace(/^-|-$|\.html$/g, '') || 'home';
  await page.screenshot({ path: `${values.screenshots}/${name}-${colorScheme}-${width}.png` });
}

async function runLighthouse() {
  const chrome = await launch({
    chromePath: chromium.executablePath,
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-dev-shm-usage'],
  });
  const options = { port: chrome.port, logLevel: 'error' };
  for (const path of pages) {
    const results = [];
    for (let run = 0; run < runs; run++) results.push(await judge(server.url + path, options));
    const { lhr, slowdown } = median(results);
    const scores = CATEGORIES.map((id) => `${id} ${Math.round(100 * lhr.categories[id].score)}`);
    const slowed = values.desktop ? '' : `, processor slowed down ${slowdown.toFixed(1)} times`;
    const all = results.map((result) => Math.round(100 * performanceOf(result))).join(', ');
    console.log(`lighthouse ${path}: ${scores.join(', ')} (performance ${all}${slowed})`);
    for (const id of CATEGORIES.filter((id) => lhr.categories[id].score < MIN_SCORE)) {
      const worst = lhr.categories[id].auditRefs
        .map(({ id, weight }) => ({ ...lhr.audits[id], weight }))
        .filter(({ score, weight }) => weight > 0 && score !== null && score < 0.9)
        .map(({ id, displayValue = '' }) => `${id} ${displayValue}`.trim());
      fault(`${id} is ${Math.round(100 * lhr.categories[id].score)}: ${worst.join(', ')}`);
    }
  }
  await chrome.kill();
}

async function judge(url, options) {
  if (values.desktop)
    return { lhr: (await lighthouse(url, { ...options, onlyCategories: CATEGORIES }, desktopConfig)).lhr };
  // Lighthouse takes the machine for a fast one and slows it down by four, to a phone of the middle class. A busy or slow one is
  // slowed down by less: by what lies between it, measured just before, and that phone.
  const first = await lighthouse(url, { ...options, onlyAudits: ['document-title'] });
  const slowdown = Math.min(4, Math.max(1, first.lhr.environment.benchmarkIndex / PHONE_INDEX));
  const throttling = { ...defaultConfig.settings.throttling, cpuSlowdownMultiplier: slowdown };
  const { lhr } = await lighthouse(url, { ...options, onlyCategories: CATEGORIES, throttling });
  return { lhr, slowdown };
}

function performanceOf({ lhr }) {
  return lhr.categories.performance.score;
}

/** Performance depends on what else the machine does; Lighthouse's documentation advises the median of several runs. */
function median(results) {
  return results.toSorted((a, b) => performanceOf(a) - performanceOf(b))[Math.floor(results.length / 2)];
}

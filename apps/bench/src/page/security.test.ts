import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, servePage } from '../node/browser.ts';
import { FORMAT, type Report, VERSION } from '../report/report.ts';

// Text from files, links and fields stays text, and the page keeps to its own strict policy.

const SLOW = 120_000;
const MARK = 'globalThis.__injected = true';
const PAYLOADS = [
  `<script>${MARK}</script>`,
  `<img src=x onerror="${MARK}">`,
  `<svg onload="${MARK}">`,
  `"><svg/onload="${MARK}">`,
  `'><img src=x onerror='${MARK}'>`,
  `</title><script>${MARK}</script>`,
  `</text></svg><img src=x onerror="${MARK}">`,
  `<iframe srcdoc="<script>parent.${MARK}</script>">`,
  `<a href="javascript:${MARK}" id=clickme>x</a>`,
  `javascript:${MARK}`,
  `<style>@import 'javascript:${MARK}'</style>`,
  `<base href="https://evil.example/">`,
  `<form action="javascript:${MARK}"><input type=submit autofocus onfocus="${MARK}">`,
  `<details open ontoggle="${MARK}">`,
  `<video><source onerror="${MARK}"></video>`,
  `<math><mtext></table><img src=x onerror="${MARK}">`,
  `\u0000<img src=x onerror="${MARK}">`,
  `&lt;img src=x onerror=&quot;${MARK}&quot;&gt;`,
  `\${${MARK}}`,
  `{{constructor.constructor('${MARK}')()}}`,
];

/** Payloads of one run. A payload that is a whole link is the first of its run, and so begins the texts that a run has once. */
const RUNS = Array.from({ length: 4 }, (_, i) =>
  PAYLOADS.filter((_, n) => n % 4 === i).sort(
    (a, b) => Number(b.startsWith('javascript:')) - Number(a.startsWith('javascript:')),
  ),
);

/** A saved run with each payload in each text of a result, and all of them in each text that it has once. */
function hostileRun(payloads: readonly string[]): Report {
  const payload = payloads.join(' ');
  return { ...hostileTexts(payload), results: payloads.flatMap(hostileResults) };
}

function hostileResults(payload: string): Report['results'] {
  const result = {
    id: `micro/${payload}/x`,
    suite: 'micro',
    subject: payload,
    name: payload,
    clock: 'gpu',
    flops: 1e9,
    bytes: 1e6,
    roof: 0.5,
    samples: [1, 2, 3],
    message: payload,
    memory: [{ ms: 0, allocated: 8, live: 4 }],
    dispatches: [{ kernel: payload, shapes: payload, ms: 1, flops: 1, bytes: 1 }],
  } as const;
  return [
    { ...result, status: 'ok' },
    { ...result, id: `micro/${payload}/y`, status: 'error' },
  ];
}

function hostileTexts(payload: string): Omit<Report, 'results'> {
  return {
    format: FORMAT,
    version: VERSION,
    date: '2026-01-31T12:45:00.000Z',
    environment: {
      adapter: { vendor: payload, architecture: payload, device: payload, description: payload },
      cpu: false,
      features: [payload],
      limits: {},
      subgroupWidth: undefined,
      gemm: payload,
      rows: payload,
      host: { platform: payload, cores: 1, commit: payload },
    },
    settings: { suites: ['micro'], filter: payload, quick: false, samples: 3, budgetS: 1 },
    roofline: { flops: 1e12, bytes: 1e11 },
    complete: true,
  };
}

let server: Awaited<ReturnType<typeof servePage>>;
let browser: Browser;

beforeAll(async () => {
  server = await servePage();
  browser = await openBrowser();
}, SLOW);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Opens the page with a worker that answers a run with a saved one, and everything that goes wrong in a list. */
async function open(query: string, answer?: Report): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(SLOW);
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url()))
      problems.push(`asked for ${request.url()}`);
  });
  await page.exposeFunction('onViolation', (text: string) => problems.push(text));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      (globalThis as unknown as { onViolation(text: string): void }).onViolation(
        `${violatedDirective} ${blockedURI}`,
      ),
    ),
  );
  if (answer) {
    const body = `const report = ${JSON.stringify(answer)};
      addEventListener('message', ({ data: { id, request } }) => {
        const { environment, roofline, results } = report;
        const send = (event) => postMessage({ id, event });
        if (request.type === 'run') {
          send({ type: 'environment', environment });
          send({ type: 'plan', ids: results.map(({ id }) => id) });
          send({ type: 'roofline', roofline });
          send({ type: 'reopened', because: environment.gemm });
          for (const result of results) send({ type: 'start', id: result.id });
          for (const result of results) send({ type: 'result', result });
        }
        postMessage({ id, answer: request.type === 'environment' ? environment : report });
      });`;
    await page.route('**/worker-*.js', (route) => route.fulfill({ body, contentType: 'text/javascript' }));
  }
  await page.goto(`${server.url}${query}`);
  return { page, problems };
}

const injected = (page: Page): Promise<unknown> => page.evaluate('globalThis.__injected');

/** Elements that no text of this page may become. */
const strays = (page: Page): Promise<number> =>
  page
    .locator('main :is(img, iframe, base, video, math, style, form form, [onerror], [onload], #clickme)')
    .count();

describe('text that looks like markup', () => {
  it.each(RUNS)(
    'stays text wherever a run shows it: %s, %s, %s, %s, %s',
    async (...payloads) => {
      const run = hostileRun(payloads);
      const { page, problems } = await open('?run=micro&auto=1', run);
      await page.waitForFunction(() => '__result' in globalThis);
      for (const button of await page.locator('#results button.open').all()) await button.click();
      await page.locator('#baseline').setInputFiles({
        name: 'old.json',
        mimeType: 'application/json',
        buffer: Buffer.from(JSON.stringify(run)),
      });
      await page.locator('#clear').waitFor();
      const titles = (await page.locator('#plots svg title').allTextContents()).join('\n');
      for (const payload of payloads)
        expect(titles).toContain(payload.replaceAll('\u0000', '\uFFFD').slice(1));
      expect([await injected(page), await strays(page), problems]).toEqual([undefined, 0, []]);
      await page.close();
    },
    SLOW,
  );

  it(
    'stays text in messages: of links, forms and files that are refused',
    async () => {
      const payload = PAYLOADS[1];
      const text = encodeURIComponent(payload);
      const { page, problems } = await open(`?run=${text}`, hostileRun([payload]));
      expect(await page.locator('#status').textContent()).toContain(payload);
      await page.goto(`${server.url}?peers=${text}&filter=${text}&from=${text}`);
      expect(await page.locator('#peers-status').textContent()).toContain(payload);
      await page.locator('#baseline').setInputFiles({
        name: `${payload}.json`.replaceAll('/', '_'),
        mimeType: 'application/json',
        buffer: Buffer.from(`{"x": "${'<img>'}"`),
      });
      await page.getByText('is not JSON').waitFor();
      expect([await injected(page), await strays(page), problems]).toEqual([undefined, 0, []]);
      await page.close();
    },
    SLOW,
  );
});

it(
  'the policy forbids markup as code, scripts of other places and other hosts',
  async () => {
    const { page, problems } = await open('');
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    for (const part of [
      "default-src 'self'",
      "script-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy?.split('; ')).toContain(part);
    expect(problems).toEqual([]);
    const refused = await page.evaluate(async () => {
      const attempts: Record<string, () => unknown> = {
        html: () => (document.createElement('p').innerHTML = '<b>x</b>'),
        worker: () => new Worker('data:text/javascript,0'),
      };
      const names: string[] = [];
      for (const [name, attempt] of Object.entries(attempts)) {
        try {
          attempt();
        } catch {
          names.push(name);
        }
      }
      await fetch('https://other.example/').catch(() => names.push('fetch'));
      return names;
    });
    expect(refused).toEqual(['html', 'worker', 'fetch']);
    await page.close();
  },
  SLOW,
);

it('no source of a page inserts markup or evaluates text', () => {
  const apps = fileURLToPath(new URL('../../../', import.meta.url));
  const files = ['bench/src', 'playground/src'].flatMap((folder) =>
    (readdirSync(apps + folder, { recursive: true }) as string[])
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => `${apps}${folder}/${file}`),
  );
  expect(files.length).toBeGreaterThan(50);
  const sinks =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\b|srcdoc|DOMParser|createContextualFragment/;
  expect(files.filter((file) => sinks.test(readFileSync(file, 'utf8')))).toEqual([]);
});

import { readFile } from 'node:fs/promises';
import type { Browser, Download, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, servePage } from '../node/browser.ts';
import { parseReport } from '../report/parse-report.ts';
import type { Report } from '../report/report.ts';

// The built page in a real browser on its software adapter.

const CASES = 'layer-norm bert, attention/bert, reduce, matmul/512^3'; // quick ones
const LINK = `?run=micro&quick=1&samples=6&filter=${encodeURIComponent(CASES)}`;
const SLOW = 900_000;
const problems: string[] = [];

let server: Awaited<ReturnType<typeof servePage>>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  server = await servePage();
  browser = await openBrowser();
  page = await openPage(`${LINK}&auto=1`);
}, SLOW);

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

async function openPage(
  query: string,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Page> {
  const opened = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  opened.setDefaultTimeout(SLOW);
  opened.on('pageerror', (error) => problems.push(String(error)));
  opened.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await prepare(opened);
  await opened.goto(server.url + query);
  return opened;
}

async function resultOf(from: Page): Promise<Report> {
  await from.waitForFunction(() => '__result' in globalThis, undefined, { timeout: SLOW });
  return parseReport((await from.evaluate('JSON.stringify(globalThis.__result)')) as string);
}

async function contentOf(download: Download): Promise<string> {
  return readFile(await download.path(), 'utf8');
}

async function saved(format: string): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.locator(`[data-format=${format}]`).click(),
  ]);
  return contentOf(file);
}

const rows = (): Promise<string[]> => page.locator('#results button.open').allTextContents();

describe('a run that the link asks for', () => {
  it(
    'starts by itself, checks every case and leaves its result',
    async () => {
      const report = await resultOf(page);
      expect(report.complete).toBe(true);
      expect(report.results.length).toBeGreaterThanOrEqual(4);
      for (const { id, status, check, samples } of report.results) {
        expect({ id, status }).toEqual({ id, status: 'ok' });
        expect(check?.compared).toBeGreaterThan(0);
        expect(samples?.length).toBeGreaterThanOrEqual(3);
      }
      expect(report.roofline?.flops).toBeGreaterThan(0);
      expect(report.environment.host.platform).toMatch(/Chrom/);
      expect(problems).toEqual([]);
    },
    SLOW,
  );

  it('is shown as a table and plots, with the adapter beside it', async () => {
    const { results } = await resultOf(page);
    expect(await rows()).toEqual(results.map(({ id }) => id));
    expect(await page.locator('#plots svg').count()).toBe(3);
    expect(await page.locator('#plots svg .bar').count()).toBe(results.length);
    expect(await page.locator('#environment').textContent()).toContain('swiftshader');
    await page.locator('#results button.open').first().click();
    expect(await page.locator('.detail svg .dot').count()).toBe(results[0].samples?.length);
    const details = await page.locator('.detail dl').textContent();
    for (const word of [
      '95 % between',
      'p99',
      'median deviation',
      'dispatch',
      'at most',
      'waiting for reuse',
    ]) {
      expect(details).toContain(word);
    }
    await keepPictures('run');
    await page.locator('#results button.open').first().click();
  });

  it('can be sorted and filtered', async () => {
    await page.locator('[data-sort=median]').click();
    const slowest = (await rows())[0];
    await page.locator('[data-sort=median]').click();
    expect((await rows()).at(-1)).toBe(slowest);
    await page.locator('#table-filter').fill('matmul');
    expect(await rows()).toEqual(['micro/matmul/512^3']);
    await page.locator('#table-filter').fill('');
    await page.locator('#table-status').selectOption('problem');
    expect(await rows()).toEqual([]);
    await page.locator('#table-status').selectOption('');
  });
});

describe('what is saved', () => {
  it('as JSON is the run', async () => {
    expect(parseReport(await saved('json'))).toEqual(await resultOf(page));
  });

  it('as CSV and Markdown has a line per case', async () => {
    const { results } = await resultOf(page);
    const csv = (await saved('csv')).trimEnd().split('\r\n');
    expect(csv).toHaveLength(results.length + 1);
    const markdown = await saved('markdown');
    for (const { id } of results) expect(markdown).toContain(`| ${id} |`);
  });

  it('as HTML shows table and plots without a script', async () => {
    const { results } = await resultOf(page);
    const report = await browser.newPage();
    await report.setContent(await saved('html'));
    expect(await report.locator('tbody tr').count()).toBe(results.length);
    const plots = results.map(({ dispatches }) => (dispatches ? 2 : 1));
    expect(await report.locator('svg').count()).toBe(plots.reduce<number>((sum, count) => sum + count, 3));
    expect(await report.locator('script:not([type="application/json"])').count()).toBe(0);
    await report.close();
  });

  it('as a trace has an event per case', async () => {
    const { results } = await resultOf(page);
    const { traceEvents } = JSON.parse(await saved('trace')) as {
      traceEvents: { ph: string; tid: number }[];
    };
    expect(traceEvents.filter(({ ph, tid }) => ph === 'X' && tid === 1)).toHaveLength(results.length);
  });
});

describe('a saved run', () => {
  const choose = (text: string): Promise<void> =>
    page
      .locator('#baseline')
      .setInputFiles({ name: 'old.json', mimeType: 'application/json', buffer: Buffer.from(text) });

  it('stands beside this one: a hundredth of the time is a hundred times as fast', async () => {
    const report = await resultOf(page);
    const results = report.results.map((result) => ({
      ...result,
      samples: result.samples?.map((ms) => 100 * ms),
    }));
    await choose(JSON.stringify({ ...report, results }));
    await page.locator('#results td.faster').first().waitFor();
    const verdicts = await page.locator('#results td.faster').allTextContents();
    expect(verdicts).toHaveLength(results.length);
    for (const verdict of verdicts) expect(verdict).toMatch(/^100\.00× faster/);
    expect(await page.locator('#plots svg').count()).toBe(4);
    await keepPictures('compared');
  });

  it('that is no saved run is refused by name', async () => {
    await choose('{"format":"something"}');
    await page.getByText('old.json is not a saved benchmark').waitFor();
  });

  it('of which a part is missing is refused with a sentence, and the one before stays', async () => {
    const { date, ...undated } = await resultOf(page);
    await choose(JSON.stringify(undated));
    await page.getByText('old.json is damaged: date is missing, expected a date').waitFor();
    await choose(
      JSON.stringify({ ...undated, date, environment: { ...undated.environment, host: undefined } }),
    );
    await page.getByText('old.json is damaged: environment.host is missing, expected an object').waitFor();
    expect(await page.locator('#results td.faster').count()).toBe(undated.results.length);
    expect(problems).toEqual([]);
  });

  it(
    'survives a filter that fits nothing, as does the finished run',
    async () => {
      const before = await rows();
      await page.locator('#settings [name=filter]').fill('matmal');
      await page.locator('#start').click();
      await page.getByText('No case of micro has all words of "matmal" in its name.').waitFor();
      expect(await rows()).toEqual(before);
      expect(await page.locator('#results td.faster').count()).toBe(before.length);
      expect(await page.locator('[data-format=json]').isEnabled()).toBe(true);
      await page.locator('#settings [name=filter]').fill(CASES);
      for (const box of await page.locator('#settings [name=suite]').all()) await box.uncheck();
      await page.locator('#start').click();
      await page.getByText('Choose at least one suite: micro, blocks, e2e, train, load or all.').waitFor();
      await page.locator('#settings [name=suite][value=micro]').check();
      expect(problems).toEqual([]);
    },
    SLOW,
  );
});

it(
  'a failed case and a lost device do not end a run',
  async () => {
    const broken = await openPage('', (opened) =>
      opened.route('**/worker-*.js', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: `${BREAK_DEVICES}\n${await response.text()}` });
      }),
    );
    await broken.goto(`${server.url}${LINK}&auto=1`);
    const { results, complete } = await resultOf(broken);
    const status = Object.fromEntries(results.map(({ subject, status }) => [subject, status]));
    expect(complete).toBe(true);
    expect(status).toEqual({
      attention: 'ok',
      'layer-norm': 'lost',
      'layer-norm-gradients': 'ok',
      matmul: 'ok',
      reduce: 'error',
    });
    expect(await broken.locator('#events').textContent()).toContain('A new device was opened');
    expect(await broken.locator('td.lost').textContent()).toContain('unplugged');
    await broken.close();
  },
  SLOW,
);

// Put in front of the worker: layer-norm loses the device, reduce does not compile.
const BREAK_DEVICES = `
const requestDevice = GPUAdapter.prototype.requestDevice;
GPUAdapter.prototype.requestDevice = async function (descriptor) {
  const device = await requestDevice.call(this, descriptor);
  let lose;
  Object.defineProperty(device, 'lost', { value: new Promise((resolve) => { lose = resolve; }) });
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (module) => {
    if (module.label === 'reduce') throw new Error('out of ink');
    if (module.label === 'layer-norm') {
      device.destroy();
      lose({ reason: 'unknown', message: 'unplugged' });
    }
    return create(module);
  };
  return device;
};`;

// SCREENSHOTS=FOLDER keeps pictures of both views, light and dark, on a desk and on a phone.
async function keepPictures(view: string): Promise<void> {
  const folder = process.env['SCREENSHOTS'];
  if (!folder) return;
  for (const colors of ['light', 'dark']) {
    for (const [device, width] of [
      ['desk', 1200],
      ['phone', 390],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.locator('#theme').selectOption(colors);
      await page.screenshot({ path: `${folder}/${view}-${colors}-${device}.png`, fullPage: true });
    }
  }
  await page.setViewportSize({ width: 1200, height: 900 });
}

describe('the kernel playground', () => {
  const source = () => page.locator('#source');
  const run = async (button: string): Promise<string> => {
    await page.locator(button).click();
    await page.waitForFunction(
      () => !(document.getElementById('test') as HTMLButtonElement).disabled,
      undefined,
      { timeout: SLOW },
    );
    return (await page.locator('#play-status').textContent()) ?? '';
  };

  it(
    'opens a kernel with the files that it links, its own first',
    async () => {
      await page.locator('#show-playground').click();
      await page.locator('#kernel').selectOption('dynamic-relu');
      await page.waitForFunction(() =>
        document.querySelector('#file option')?.textContent?.includes('dynamic-relu'),
      );
      expect(await source().inputValue()).toContain('fn main(');
      expect(await run('#test')).toMatch(/^(\d+) of \1 cases right\.$/);
    },
    SLOW,
  );

  it(
    'shows a syntax error at its line',
    async () => {
      const text = await source().inputValue();
      const lines = text.split('\n');
      const broken = lines.findIndex((line) => line.includes('fn main(')) - 1;
      lines[broken] = `let nonsense ${lines[broken]}`;
      await source().fill(lines.join('\n'));
      expect(await run('#test')).toMatch(/^Does not compile/);
      const message = await page.locator('#messages li.error').first().textContent();
      expect(message).toContain(`dynamic-relu.wgsl:${broken + 1}:`);
      expect(await page.locator('#gutter .wrong').first().textContent()).toBe(`${broken + 1}\n`);
      await keepPictures('playground');
      await page.locator('#reset').click();
    },
    SLOW,
  );

  it(
    'shows a wrong result, and times before and after',
    async () => {
      const text = await source().inputValue();
      const changed = text.replace('y[index] = ', 'y[index] = 2.0 * ');
      expect(changed).not.toBe(text);
      await source().fill(changed);
      expect(await run('#test')).toMatch(/^\d+ of \d+ cases right\.$/);
      expect(await page.locator('#play-results td.wrong').count()).toBeGreaterThan(0);
      expect(await page.locator('#play-results tbody').textContent()).toMatch(/expected -?\d/);
      await page.locator('#reset').click();
      expect(await run('#time')).toContain('Timed');
      expect(await page.locator('#play-results tbody tr').first().textContent()).toMatch(/right.*×/);
      expect(problems.filter((text) => !/wgsl|WGSL|shader/i.test(text))).toEqual([]);
    },
    SLOW,
  );
});

describe('the layout', () => {
  it('has plots as wide as the page, a progress bar that can be seen, and targets for fingers', async () => {
    await page.locator('#show-bench').click();
    await page.locator('#plots svg').first().waitFor();
    const sizes = await page.evaluate(() => {
      const box = (selector: string): DOMRect[] =>
        [...document.querySelectorAll(selector)]
          .map((element) => element.getBoundingClientRect())
          .filter(({ width }) => width > 0);
      return {
        page: box('#bench')[0].width,
        plots: box('#plots svg').map(({ width }) => width),
        progress: box('#progress')[0].height,
        targets: box('input[type=checkbox], input[type=radio], #bench button, #bench select').map(
          ({ width, height }) => Math.min(width, height),
        ),
      };
    });
    expect(sizes.plots.length).toBeGreaterThan(0);
    for (const width of sizes.plots) expect(width).toBeGreaterThan(0.95 * sizes.page);
    expect(sizes.progress).toBeGreaterThanOrEqual(8);
    for (const size of sizes.targets) expect(size).toBeGreaterThanOrEqual(24);
  });

  it('has a term for every description', async () => {
    const orphans = await page.evaluate(
      () =>
        [...document.querySelectorAll('dd')].filter((dd) => dd.previousElementSibling?.tagName !== 'DT')
          .length,
    );
    expect(orphans).toBe(0);
  });
});

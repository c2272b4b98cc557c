import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { makesAdapter } from '@glip-wgpu/glip-train';
import { chromium as playwright } from 'playwright';
import { createServer } from 'vite';
import { InputError, isUserError } from '../../packages/glip-cli/src/inputs/input-error.ts';
import { parseRunConfig, planOf } from '../../packages/glip-cli/src/train/run-config.ts';
import { chromium } from '../../tools/chromium.mjs';
import { aliases, wgsl } from '../../tools/workspace.mjs';
import type { Arm, Given } from './page.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HTML = `<!doctype html><title>browser-adapter</title><script type="module">
import { measure } from '/scripts/browser-adapter/page.ts';
globalThis.measure = measure;
</script>`;
const HELP = `npm run browser-adapter -- RUN [--split test]

Repeats in Chromium a run of glip train that made an adapter of emoji-tiny, from the same configuration, and evaluates there the model
without training, the run's own adapter and the one that was trained in the browser. Fails unless the run's adapter has in the browser
the figures of the browser's own to 0.02, and both have at least twice the AP of the model without training.

  RUN         folder of the run, such as runs/NAME
  --split S   split of its data that the figures are for`;

const MIN_GAIN = 2;
const MAX_DIFFERENCE = 0.02;

export async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { split: { type: 'string', default: 'test' }, help: { type: 'boolean', short: 'h' } },
  });
  const [run] = positionals;
  if (values.help || run === undefined || positionals.length > 1) {
    console.log(HELP);
    return values.help ? 0 : 2;
  }
  try {
    return await repeat(run, values.split);
  } catch (error) {
    if (!isUserError(error) && !(error as NodeJS.ErrnoException).code) throw error;
    console.error(`browser-adapter: ${(error as Error).message}`);
    return 1;
  }
}

async function repeat(run: string, split: string): Promise<number> {
  const file = join(run, 'config.json');
  const config = parseRunConfig(readFileSync(file, 'utf8'), file);
  const [data, ...more] = config.data;
  const { shots } = data ?? {};
  if (config.model !== 'emoji-tiny' || more.length > 0 || shots === undefined || !makesAdapter(config))
    throw new InputError(`${file}: expected an adapter of emoji-tiny from few shots of one dataset`);
  const folder = resolve(data.folder);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
  const given: Given = {
    plan: { ...planOf(config), evaluateEvery: 0, saveEvery: 0 },
    batches: config.batches,
    data: { ...data, shots },
    ...{ files, folder: urlOf(folder), split },
    adapter: urlOf(resolve(run, 'checkpoints/best/adapter.safetensors')),
  };
  const arms = await inChromium(given, [folder, resolve(run)]);
  for (const { name, AP, AP50 } of arms) console.log(`${name}: AP ${AP}, AP50 ${AP50}`);
  const [zeroShot, ofRun, own] = arms as [Arm, Arm, Arm];
  const fails = [
    ...[ofRun, own]
      .filter(({ AP }) => !(AP >= MIN_GAIN * zeroShot.AP && AP > 0))
      .map(({ name }) => `${name}: less than ${MIN_GAIN} times the AP without training`),
    ...(Math.abs(own.AP - ofRun.AP) <= MAX_DIFFERENCE ? [] : ['the two adapters differ in AP']),
  ];
  for (const fail of fails) console.error(fail);
  return fails.length > 0 ? 1 : 0;
}

const urlOf = (path: string): string => `/@fs${path.startsWith('/') ? '' : '/'}${encodeURI(path)}`;

async function inChromium(given: Given, allowed: readonly string[]): Promise<readonly Arm[]> {
  const server = await createServer({
    configFile: false,
    logLevel: 'error',
    root: ROOT,
    appType: 'mpa',
    server: { host: '127.0.0.1', port: 0, watch: null, hmr: false, fs: { allow: [ROOT, ...allowed] } },
    optimizeDeps: { noDiscovery: true },
    plugins: [
      wgsl(),
      {
        name: 'empty-page',
        configureServer: ({ middlewares }) => {
          middlewares.use((request, response, next) => {
            if (request.url !== '/') return next();
            response.setHeader('content-type', 'text/html');
            response.end(HTML);
          });
        },
      },
    ],
    resolve: { alias: aliases('browser') },
  });
  await server.listen();
  const browser = await playwright.launch({ ...chromium, ignoreDefaultArgs: ['--disable-gpu'] });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(String(error)));
    await page.goto(server.resolvedUrls?.local[0] as string);
    await page.exposeFunction('say', (line: string) => console.log(line));
    await page.waitForFunction(() => 'measure' in globalThis);
    return await page.evaluate((given) => {
      const { measure, say } = globalThis as unknown as {
        measure: typeof import('./page.ts').measure;
        say(line: string): void;
      };
      return measure(given, say);
    }, given);
  } finally {
    await browser.close();
    await server.close();
  }
}

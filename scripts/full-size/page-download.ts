import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bertVocabulary, type PublishedModel, publishedModel } from '@glip-wgpu/glip-core';
import type { Page } from 'playwright';
import { makeCertificates } from '../../packages/glip-queue/src/testing/certificates.ts';
import { visitPlayground } from '../playground/open-page.ts';
import { glipTArchive, hashOfConversion } from './glip-t-archive.ts';
import { serveArchive } from './serve-archive.ts';

// GLIP-T in 8 bits, chosen in the playground: downloaded into the browser's storage, run on a picture, and loaded again without a
// network. The browser takes a server of this process for the hub. Needs the built playground and 1 GB of disk.

const PICTURE = fileURLToPath(new URL('../../examples/scene.jpg', import.meta.url));
const SIGNED = 'cdn.huggingface.co';
const SIGNED_MS = 10_000;
const MAX_RATIO = 1.02;
const MINUTE = 60_000;

/** @returns what does not hold */
export async function checkPageDownload(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'page-download-'));
  const archive = glipTArchive();
  const model = publishedModel('glip-t') as PublishedModel;
  const [address, vocabulary] = [model.weights, bertVocabulary].map(({ urls }) => new URL(urls[0] as string));
  const { certificate, key } = makeCertificates(folder, [`DNS:${address.host}`, `DNS:${SIGNED}`]);
  const server = await serveArchive(archive, {
    ...{ weights: address.pathname, vocabulary: vocabulary.pathname },
    secure: { key: readFileSync(key), cert: readFileSync(certificate) },
    redirect: { host: SIGNED, validMs: SIGNED_MS },
  });
  const visit = await visitPlayground([
    `--host-resolver-rules=${[address.host, SIGNED].map((host) => `MAP ${host} 127.0.0.1:${server.port}`).join(',')}`,
    '--ignore-certificate-errors',
  ]);
  const failures: string[] = [];
  const expect = (holds: boolean, what: string): void => {
    console.log(`  ${holds ? '' : 'NOT '}${what}`);
    if (!holds) failures.push(`page: ${what}`);
  };
  console.log(`GLIP-T in the playground: weights of ${mb(archive.weightBytes)}, kept in 8 bits`);
  try {
    const page = await visit.open();
    page.setDefaultTimeout(20 * MINUTE);
    await page.locator('#models').click();
    await page.locator('[data-model=glip-t]').click();
    await page.getByText('Ask the server').click();
    const fact = page.locator('.model-details dd').first();
    await page.waitForFunction(
      (text) => text?.endsWith('MB') && !text.startsWith('about'),
      await fact.textContent(),
    );
    console.log(`  the server offers ${await fact.textContent()}`);
    await page.locator('.model-details [value=q8]').check();
    const start = performance.now();
    await page.locator('.model-details .button.main').click();
    await loaded(page);
    const seconds = (performance.now() - start) / 1000;
    const ratio = server.sent() / archive.weightBytes;
    expect(
      ratio <= MAX_RATIO,
      `${ratio.toFixed(4)} times the weights transferred, in ${seconds.toFixed(0)} s`,
    );
    const hash = await page.evaluate(storedHash);
    expect(
      hash === (await hashOfConversion(archive, { q8: true })),
      'stored as a conversion of the whole file',
    );
    const sent = server.sent();
    server.close();

    await page.locator('#file').setInputFiles(PICTURE);
    await searched(page, 'scene.jpg');
    console.log(`  a picture of 800 pixels: ${await page.locator('#status').textContent()}`);
    await page.goto('about:blank');
    await page.goto(`${visit.url}#model=glip-t`);
    await loaded(page);
    expect(server.sent() === sent, 'loaded again without the server');
    const problems = visit.problems.filter((problem) => !/ERR_CONNECTION_REFUSED/.test(problem));
    expect(problems.length === 0, `without errors of the page ${problems.join('; ')}`);
  } finally {
    await visit.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
  return failures;
}

/** Waits until GLIP-T is in use. @throws Error with the page's words if it cannot be */
async function loaded(page: Page): Promise<void> {
  const failed = await page.waitForFunction(() => {
    const { model, notice } = (globalThis as unknown as { playground: { state: PageState } }).playground
      .state;
    if (model.state === 'ready' && model.info.name === 'glip-t') return 'ready';
    if (model.state === 'failed') return model.message;
    return notice?.kind === 'error' ? notice.text : undefined;
  });
  const text = await failed.jsonValue();
  if (text !== 'ready') throw new Error(`the page could not load GLIP-T: ${text}`);
}

/** Waits until a picture of this name is the current one and has been searched. */
async function searched(page: Page, name: string): Promise<void> {
  await page.waitForFunction((name) => {
    const { state } = (globalThis as unknown as { playground: { state: PageState } }).playground;
    const picture = state.pictures.find(({ id }) => id === state.current);
    return picture?.name === name && !state.run && state.outcomes.has(state.current);
  }, name);
}

interface PageState {
  readonly model: {
    readonly state: string;
    readonly message?: string;
    readonly info: { readonly name: string };
  };
  readonly notice?: { readonly kind: string; readonly text: string };
  readonly run: unknown;
  readonly current: number;
  readonly pictures: readonly { readonly id: number; readonly name: string }[];
  readonly outcomes: ReadonlyMap<number, unknown>;
}

/** In the page: SHA-256 of the weights in its storage, which lie there as batches with a list of places. */
async function storedHash(): Promise<string> {
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('glip-wgpu');
  const folder = await root.getDirectoryHandle('glip-t-model-q8.safetensors');
  const fileOf = async (name: string): Promise<File> => (await folder.getFileHandle(name)).getFile();
  const names: string[] = [];
  for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(name);
  const batches = names.filter((name) => !name.endsWith('.json') && !name.endsWith('.txt')).sort();
  const places: { batch: number; offset: number; size: number }[] = JSON.parse(
    await (await fileOf('places.json')).text(),
  );
  const parts = await Promise.all(
    places.map(async ({ batch, offset, size }) => {
      const file = await fileOf(batches[batch] as string);
      return file.slice(offset, offset + size);
    }),
  );
  const digest = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

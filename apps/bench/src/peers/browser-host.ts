import { cpus } from 'node:os';
import { openBrowser, servePage } from '../node/browser.ts';
import { type PeerSettings, peerQuery, readPeerSettings } from './peer-settings.ts';
import type { PeerReport } from './peer-table.ts';
import type { PeerEvent } from './run-peers.ts';

/** The page in headless Chromium, driven as `?peers=all&auto=1`; its server also serves the libraries. */
export async function runPeersInBrowser(
  settings: Pick<PeerSettings, 'filter' | 'training' | 'rounds'>,
  emit: (event: PeerEvent) => void,
): Promise<PeerReport> {
  const server = await servePage();
  const browser = await openBrowser();
  const [cpu] = cpus();
  const version = browser.version().split('.')[0];
  const platform = `Chromium ${version}, ${cpu?.model ?? process.arch}, ${cpus().length} cores`;
  const named = (report: PeerReport): PeerReport => ({ ...report, platform }); // browsers do not report the CPU
  try {
    const page = await browser.newPage();
    await page.exposeFunction('onPeerEvent', (event: PeerEvent) =>
      emit(event.type === 'plan' ? { ...event, report: named(event.report) } : event),
    );
    await page.goto(`${server.url}?${peerQuery({ ...readPeerSettings({}), ...settings })}&auto=1`);
    await page.waitForFunction(() => '__peers' in globalThis, undefined, { timeout: 0 });
    const report = (await page.evaluate('globalThis.__peers')) as PeerReport | null;
    if (!report)
      throw new Error(`the page could not compare: ${await page.locator('#peers-status').textContent()}`);
    return named(report);
  } finally {
    await browser.close();
    await server.close();
  }
}

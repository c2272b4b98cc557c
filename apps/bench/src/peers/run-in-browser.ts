import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { adapterName, type Host } from '../run/environment.ts';
import { openLibrary } from './browser-libraries.ts';
import { ours } from './ours.ts';
import type { Peer } from './peer.ts';
import { casesThatFit, librariesFor, type PeerSettings } from './peer-settings.ts';
import type { PeerReport } from './peer-table.ts';
import { type PeerEvent, runPeers, unavailable } from './run-peers.ts';

/**
 * Downloads the libraries, then compares with those that loaded. The thread should end afterwards, since libraries do not
 * release the GPU by themselves.
 *
 * @throws Error if none could be loaded
 */
export async function runPeersHere(
  settings: PeerSettings,
  host: Host,
  emit: (event: PeerEvent) => void,
  signal: AbortSignal,
): Promise<PeerReport> {
  const device = await openDevice();
  const peers: Peer[] = [ours(device)];
  const failures: string[] = [];
  const libraries = librariesFor(settings);
  for (const library of libraries) {
    const { name } = library;
    try {
      const progress = (bytes: number): void => emit({ type: 'library', name, bytes });
      peers.push(...(await openLibrary(library, settings.from, progress, signal)));
      emit({ type: 'library', name, ready: true });
    } catch (error) {
      if (signal.aborted) throw new Error('Stopped before all libraries were loaded.', { cause: error });
      const why = error instanceof Error ? error.message : String(error);
      failures.push(why);
      peers.push(unavailable(name, why));
      emit({ type: 'library', name, failed: why });
    }
  }
  if (failures.length === libraries.length) {
    throw new Error(`No library could be loaded. ${[...new Set(failures)].join('; ')}`);
  }
  try {
    return await runPeers({
      adapter: adapterName(device.info),
      platform: `${host.platform}, ${host.cores} cores`,
      versions: Object.assign({}, ...libraries.map(({ versions }) => versions)),
      cases: casesThatFit(settings, device.info.cpu),
      peers,
      rounds: settings.rounds,
      emit,
      signal,
    });
  } finally {
    device.dispose();
  }
}

import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { kindOf } from '@glip-wgpu/tensor-wgpu/tuning';
import { adapterName } from '../run/environment.ts';
import { fits } from '../suites/index.ts';
import { carefulTune, type TunedClass, type TuneSettings } from './careful-tune.ts';
import { classesOf, MIN_SHARE, workloads } from './workloads.ts';

export interface TuneReport {
  readonly adapter: string;
  /** Key by which similar devices share known plans; undefined if the adapter does not identify itself. */
  readonly kind: string | undefined;
  readonly results: readonly TunedClass[];
}

/** A careful tune of the platform's GPU, for classes whose name or workload contains all words of `filter`. */
export async function tuneHere(
  { filter, ...settings }: TuneSettings & { readonly filter: string },
  readFile: (url: URL) => Promise<Uint8Array>,
  progress: (line: string) => void,
): Promise<TuneReport> {
  using device = await openDevice({ tuned: false });
  const { vendor, architecture } = device.info.adapter;
  const kind = vendor && architecture ? kindOf(device.info) : undefined;
  const all = classesOf(device.info, await workloads(readFile), MIN_SHARE);
  const classes = all.filter(({ product, workload }) => fits(`${workload} ${product.key}`, filter));
  progress(`${adapterName(device.info)}: ${classes.length} of ${all.length} classes of matrix products`);
  return {
    adapter: adapterName(device.info),
    kind,
    results: await carefulTune(device, classes, settings, progress),
  };
}

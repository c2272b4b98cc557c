import type { Roofline } from '../measure/roofline.ts';
import { digits } from '../report/lines.ts';
import { adapterName, type Environment } from '../run/environment.ts';
import { byId, copyFrom, make } from './dom.ts';

let shown: { environment?: Environment; roofline?: Roofline } = {};

/** Shows the machine and browser of the run. */
export function showEnvironment(environment: Environment, roofline?: Roofline): void {
  shown = { environment, ...(roofline ? { roofline } : {}) };
  const { adapter, cpu, features, limits, subgroupWidth, gemm, rows, host } = environment;
  const name = adapterName(environment);
  const vendor = [adapter.vendor, adapter.architecture].filter(Boolean).join(' ');
  const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
  const entries: [string, string][] = [
    ['Adapter', name],
    ...(vendor === '' || name.startsWith(vendor) ? [] : [['Vendor', vendor] as [string, string]]),
    ['Kind', cpu ? 'software, runs on the CPU' : 'GPU'],
    ['Features', features.join(', ') || 'none of the useful ones'],
    ['Subgroups', subgroupWidth === undefined ? 'no fixed width' : `${subgroupWidth} wide`],
    ['Schedules', `matrix products ${gemm}, rows ${rows}`],
    ['Largest binding', mebibytes(limits['maxStorageBufferBindingSize'])],
    [
      'Workgroup',
      `${limits['maxComputeInvocationsPerWorkgroup']} invocations, ${limits['maxComputeWorkgroupStorageSize'] / 1024} KiB`,
    ],
    [
      'Roof',
      roofline
        ? `${digits(roofline.flops / 1e9)} GFLOP/s, ${digits(roofline.bytes / 1e9)} GB/s`
        : 'measured with the first run',
    ],
    ['Browser', `${host.platform}, ${host.cores} cores`],
    [
      'Page',
      [host.visibility, host.crossOriginIsolated && 'isolated', host.power && `on ${host.power}`]
        .filter(Boolean)
        .join(', '),
    ],
    ['Build', host.commit?.slice(0, 10) ?? 'unknown'],
  ];
  byId('environment').replaceChildren(
    ...entries.flatMap(([term, value]) => [
      make('dt', { textContent: term }),
      make('dd', { textContent: value }),
    ]),
  );
}

byId('copy-environment').addEventListener('click', ({ currentTarget }) => {
  void copyFrom(currentTarget as HTMLElement, JSON.stringify(shown, undefined, 2));
});

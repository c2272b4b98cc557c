import type { Capabilities } from '@glip-wgpu/tensor-wgpu';

/** Machine and software of a run. */
export interface Environment {
  readonly adapter: Capabilities['adapter'];
  /** A software adapter that runs on the CPU. */
  readonly cpu: boolean;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  readonly subgroupWidth: number | undefined;
  /** Schedules of matrix products and row kernels. */
  readonly gemm: string;
  readonly rows: string;
  readonly host: Host;
}

/** The host program: browser or Node. */
export interface Host {
  /** Browser and system, or Node and its version. */
  readonly platform: string;
  readonly cores: number;
  /** Commit that the benchmark was built from, if known. */
  readonly commit?: string;
  /** In browsers: hidden pages are slowed down. */
  readonly visibility?: string;
  readonly crossOriginIsolated?: boolean;
  /** In browsers that report it: on battery, many machines are slower. */
  readonly power?: 'mains' | 'battery';
}

export function environmentOf(info: Capabilities, host: Host): Environment {
  const { adapter, cpu, features, limits, subgroupWidth, gemm, rows } = info;
  return {
    adapter,
    cpu,
    features: [...features].sort(),
    limits: { ...limits },
    subgroupWidth,
    gemm,
    rows,
    host,
  };
}

/** A short name of the adapter. */
export function adapterName({ adapter }: Pick<Environment, 'adapter'>): string {
  return (
    adapter.description || [adapter.vendor, adapter.architecture, adapter.device].filter(Boolean).join(' ')
  );
}

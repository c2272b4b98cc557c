import type { Host } from '../run/environment.ts';

/** The browser around the GPU. */
export function browserHost(): Host {
  const commit = import.meta.env.COMMIT;
  return {
    platform: browserName(),
    cores: navigator.hardwareConcurrency,
    visibility: document.visibilityState,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    ...(commit ? { commit } : {}),
  };
}

interface Brands {
  readonly brands: readonly { readonly brand: string; readonly version: string }[];
  readonly platform: string;
}

function browserName(): string {
  const { userAgentData } = navigator as { userAgentData?: Brands };
  const brand = userAgentData?.brands.find(({ brand }) => !/not.?a.?brand/i.test(brand));
  return brand ? `${brand.brand} ${brand.version}, ${userAgentData?.platform}` : navigator.userAgent;
}

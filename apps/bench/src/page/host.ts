import type { Host } from '../run/environment.ts';

/** The browser around the GPU. */
export async function browserHost(): Promise<Host> {
  const commit = import.meta.env.COMMIT;
  const power = await powerSource();
  return {
    platform: browserName(),
    cores: navigator.hardwareConcurrency,
    visibility: document.visibilityState,
    crossOriginIsolated: globalThis.crossOriginIsolated,
    ...(commit ? { commit } : {}),
    ...(power ? { power } : {}),
  };
}

/** Undefined in browsers that do not tell. */
async function powerSource(): Promise<Host['power']> {
  const { getBattery } = navigator as { getBattery?: () => Promise<{ readonly charging: boolean }> };
  try {
    const battery = await getBattery?.call(navigator);
    return battery && (battery.charging ? 'mains' : 'battery');
  } catch {
    return undefined; // forbidden by a policy of the embedding page
  }
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

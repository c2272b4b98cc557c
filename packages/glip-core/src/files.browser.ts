/** Reads a file by URL, relative to the page. @throws Error with the URL and what went wrong */
export async function readFile(location: string | URL, signal?: AbortSignal): Promise<Uint8Array> {
  const url = new URL(location, globalThis.location?.href);
  const response = await fetch(url, signal ? { signal } : {});
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
}

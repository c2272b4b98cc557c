/** The bytes behind an address. @throws Error for any status but success */
export async function fetched(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response.bytes();
}

const MAX_BYTES = 256 * 2 ** 20;

/** A file of another site that cannot be had. */
class FetchError extends Error {
  override readonly name = 'FetchError';
}

/**
 * A picture that the user named by its address. The page itself may not connect anywhere else; this worker does so for
 * such a picture and for the download of a model, and for nothing else.
 *
 * @throws FetchError with the reason, as far as browsers tell it
 */
export async function fetchPicture(address: string, signal: AbortSignal): Promise<Blob> {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    throw new FetchError('That is no address: it should begin with https://');
  }
  if (!['https:', 'http:', 'data:'].includes(url.protocol))
    throw new FetchError(`Addresses of pictures begin with https://, not with ${url.protocol}`);
  let response: Response;
  try {
    response = await fetch(url, { signal, credentials: 'omit', referrerPolicy: 'no-referrer' });
  } catch (cause) {
    signal.throwIfAborted();
    const place = url.host || 'that address';
    throw new FetchError(
      `${place} does not let other pages read its files (it sends no Access-Control-Allow-Origin header), or it cannot be reached. Save the picture and drop it here instead.`,
      { cause },
    );
  }
  if (!response.ok)
    throw new FetchError(`${url.host} answered ${response.status} ${response.statusText}`.trim());
  if (Number(response.headers.get('Content-Length') ?? 0) > MAX_BYTES)
    throw new FetchError(`${url.host} offers more than 256 MB: that is no picture`);
  return response.blob();
}

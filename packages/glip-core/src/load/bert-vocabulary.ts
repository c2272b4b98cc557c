import { openFile, sha256 } from '#files';
import { decode } from './model-part.ts';
import { type CacheOptions, fetchPublished } from './published-files.ts';
import { bertVocabulary } from './published-models.ts';

/**
 * The text of BERT's vocabulary: the file of its package, or, in a bundle that does not carry it, the published one.
 *
 * @throws DownloadError
 */
export async function bertVocabularyText(options: CacheOptions): Promise<string> {
  const packaged = await packagedVocabulary(options.signal);
  if (packaged) return decode(packaged);
  const content = await fetchPublished(bertVocabulary, options);
  return decode(await content.read(0, content.size));
}

/** The package's file. A server may answer with another one, such as a page that says that it is not there. */
async function packagedVocabulary(signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  try {
    // Not before it is needed: a bundle that is no ES module has no import.meta.url, and would fail as it starts.
    const { bertBaseUncased } = await import('@glip-wgpu/bert-base-uncased');
    const file = await openFile(bertBaseUncased.vocabulary, signal);
    if (file.size !== bertVocabulary.size) return undefined;
    const bytes = await file.read(0, file.size);
    const hash = sha256();
    hash.update(bytes);
    return hash.digest() === bertVocabulary.sha256 ? bytes : undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

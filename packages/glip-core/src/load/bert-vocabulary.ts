import { openFile, sha256 } from '#files';
import { decode } from './model-part.ts';
import { type CacheOptions, fetchPublished } from './published-files.ts';
import { bertVocabulary } from './published-models.ts';

/**
 * Text of BERT's vocabulary: the file of its package or, in a bundle without that file, the published one.
 *
 * @throws DownloadError
 */
export async function bertVocabularyText(options: CacheOptions): Promise<string> {
  const packaged = await packagedVocabulary(options.signal);
  if (packaged) return decode(packaged);
  const content = await fetchPublished(bertVocabulary, options);
  return decode(await content.read(0, content.size));
}

/** The package's file. A server may answer with something else, such as a "not found" page. */
async function packagedVocabulary(signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  try {
    // Imported on demand: a bundle that is not an ES module has no import.meta.url, and would fail at startup.
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

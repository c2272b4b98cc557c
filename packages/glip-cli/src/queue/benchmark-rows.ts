import type { Row } from '@glip-wgpu/glip-queue';
import type { BenchmarkDataSet, PromptedBox } from '../evaluate/protocols/data-set.ts';
import { InputError, PictureError } from '../inputs/input-error.ts';

interface BenchmarkRow {
  readonly name: string;
  readonly error?: string;
  readonly found: readonly PromptedBox[];
}

/**
 * Boxes of a benchmark's shards, image by image in the order of the data sets. Those of one image are in memory at a time,
 * except for images that are listed several times: LVIS has thousands of boxes in each.
 */
export class BenchmarkRows {
  readonly #rows: AsyncGenerator<Row>;
  readonly #repeated: ReadonlySet<string>;
  readonly #kept = new Map<string, BenchmarkRow>();

  constructor(rows: AsyncGenerator<Row>, dataSets: readonly BenchmarkDataSet[]) {
    const all = new Set<string>();
    const repeated = new Set<string>();
    for (const { images } of dataSets)
      for (const { path } of images) (all.has(path) ? repeated : all).add(path);
    this.#rows = rows;
    this.#repeated = repeated;
  }

  /** @throws PictureError for a picture that was left out; InputError for one that is not next in the shards */
  async of(path: string): Promise<readonly PromptedBox[]> {
    const { error, found } = this.#kept.get(path) ?? (await this.#next(path));
    if (error !== undefined) throw new PictureError(error);
    return found;
  }

  async #next(path: string): Promise<BenchmarkRow> {
    const { value } = await this.#rows.next();
    const row = value as BenchmarkRow | undefined;
    if (row?.name !== path)
      throw new InputError(`${path}: the list of images is not that of the shards any more; plan them again`);
    if (this.#repeated.has(path)) this.#kept.set(path, row);
    return row;
  }
}

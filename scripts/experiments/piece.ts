import type { JsonObject } from './json.ts';

/** Figures of a piece: numbers by name; null where there is nothing to measure. */
export type Figures = Readonly<Record<string, number | null>>;

/** Evaluations during a training. */
export type Curve = readonly { readonly step: number; readonly value: number }[];

/** Result of a piece, kept in its folder as `done.json`. */
export interface PieceResult {
  /** Hash of the piece's options, its seed, the folder of the data and the pieces that it refers to. */
  readonly key: string;
  /** Of the arms' table. */
  readonly figures: Figures;
  /** Further figures, which the page shows with the piece alone. */
  readonly details?: Figures;
  readonly curve?: Curve;
  /** Wall-clock time, of the last start if it was interrupted. */
  readonly seconds: number;
}

/** A piece while it runs. */
export interface PieceRun {
  /** Its folder; what an interrupted run left is still there. */
  readonly folder: string;
  /** Options with paths in place of references. */
  readonly options: JsonObject;
  readonly seed: number;
  /** Folder of the experiment's data. */
  readonly data: string;
}

/** A sentence of the ground truth. `readFlickr30k` of @glip-wgpu/datasets reads them from the published files. */
export interface Flickr30kSentence {
  readonly imageId: number | string;
  /** Place among the image's sentences, counted from 0. */
  readonly sentenceId: number | string;
  /** In the order of the sentence; those without boxes are not evaluated. */
  readonly phrases: readonly Flickr30kPhrase[];
}

export interface Flickr30kPhrase {
  /** Such as `people`; a phrase counts once for each. */
  readonly types: readonly string[];
  /** `[x1, y1, x2, y2]` of what the phrase names. */
  readonly boxes: readonly (readonly number[])[];
}

/** Prediction for one sentence, as in the files of MDETR and GLIP. */
export interface Flickr30kPrediction {
  readonly image_id: number | string;
  readonly sentence_id: number | string;
  /** For each phrase that has boxes, in the order of the sentence: boxes `[x1, y1, x2, y2]`, best first, at least one. */
  readonly boxes: readonly (readonly (readonly number[])[])[];
}

/** Share of phrases that are found. */
export interface Recall {
  readonly recall: number;
  readonly hits: number;
  readonly total: number;
}

export interface Flickr30kRecall {
  /** Evaluated sentences: those with at least one phrase that has boxes. */
  readonly sentences: number;
  /** Recall by number of boxes (`1`, `5`, `10`, `all`) and type of phrase, with `all` for every phrase. */
  readonly recall: Readonly<Record<string, Readonly<Record<string, Recall>>>>;
}

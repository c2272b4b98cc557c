import { type Span, type Tokenizer, tokensOfSpan } from '@glip-wgpu/bert';
import { edgesOf, type GroundedBox } from '@glip-wgpu/datasets';
import { findNounPhrases, type Glip, type RawImage } from '@glip-wgpu/glip-core';

/** A decoded picture with its caption. */
export interface TeacherInput {
  readonly image: RawImage;
  readonly caption: string;
}

/** Boxes of a caption's noun phrases. */
export interface TeacherOutput {
  /** Noun phrases that were searched. */
  readonly phrases: number;
  /** Best first. */
  readonly boxes: readonly GroundedBox[];
  /** The caption is longer than the model's text. */
  readonly cut: boolean;
}

/** Grounds captions in their pictures: the teacher of self-training. */
export type Teacher = (inputs: readonly TeacherInput[], signal?: AbortSignal) => Promise<TeacherOutput[]>;

export interface GlipTeacherOptions {
  /** Minimum score of a box, exclusive; 0.5 by default, GLIP's. */
  readonly minScore?: number | undefined;
  /** Scope of non-maximum suppression, as `Glip.detect` takes it; by default the boxes of each phrase. */
  readonly overlap?: 'label' | 'all' | undefined;
  /** Maximum number of boxes for a caption; by default the model's own. */
  readonly limit?: number | undefined;
  /** UTF-16 spans of a caption's noun phrases; by default `findNounPhrases`. */
  readonly nounPhrases?: ((caption: string) => readonly Span[]) | undefined;
}

const MIN_SCORE = 0.5;

/**
 * A model that labels captions, spec 4.6. A caption that is longer than the model's text is cut as in GLIP: the model reads
 * its beginning, and only phrases that lie in it are searched.
 */
export function glipTeacher(
  glip: Pick<Glip, 'detect' | 'tokenizer' | 'config'>,
  { minScore = MIN_SCORE, overlap, limit, nounPhrases = findNounPhrases }: GlipTeacherOptions = {},
): Teacher {
  const { maxTokens } = glip.config.text;
  return async (inputs, signal) => {
    const prompts = inputs.map(({ caption }) =>
      readablePart(caption, glip.tokenizer, maxTokens, nounPhrases),
    );
    const searched = prompts.flatMap(({ spans }, i) => (spans.length > 0 ? [i] : []));
    const images = searched.map((i) => inputs[i].image);
    const texts = searched.map((i) => ({ caption: prompts[i].text, spans: prompts[i].spans }));
    const options = { threshold: minScore, overlap, limit, signal, batch: images.length };
    const found = images.length > 0 ? await glip.detect(images, texts, options) : [];
    return prompts.map(({ spans, cut }, i): TeacherOutput => {
      const detections = found[searched.indexOf(i)] ?? [];
      const boxes = detections.map(({ box, span, score }) => ({
        box: edgesOf(box, inputs[i].image),
        span,
        score,
      }));
      return { phrases: spans.length, boxes, cut };
    });
  };
}

interface ReadablePart {
  /** Beginning of the caption that the model reads. */
  readonly text: string;
  /** Of the noun phrases in it. */
  readonly spans: readonly Span[];
  readonly cut: boolean;
}

function readablePart(
  caption: string,
  tokenizer: Tokenizer,
  maxTokens: number,
  nounPhrases: (caption: string) => readonly Span[],
): ReadablePart {
  const whole = tokenizer.encode(caption);
  const cut = whole.ids.length > maxTokens;
  const encoding = cut ? tokenizer.encode(caption, { maxTokens, truncate: true }) : whole;
  const end = cut ? Math.max(...encoding.offsets.map(([, to]) => to)) : caption.length;
  const phrases = nounPhrases(caption).filter(
    (span) => span[1] <= end && tokensOfSpan(encoding, span).length > 0,
  );
  const unique = new Map(phrases.map((span) => [`${span}`, span]));
  return { text: caption.slice(0, end), spans: [...unique.values()], cut };
}

import { readFileSync } from 'node:fs';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type Detection, type Detections, Glip, type PromptInput } from '@glip-wgpu/glip-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareDetections } from '../../../scripts/parity/detections.ts';
import { readImageFile } from './image-file.ts';

interface Recorded {
  readonly split: string;
  readonly file_name: string;
  readonly prompt: string;
  readonly prompt_kind: 'detection' | 'caption';
  readonly phrases: string[];
  readonly boxes_xyxy: number[][];
  readonly scores: number[];
  readonly labels: number[];
}

const folder = new URL('../../../fixtures/emoji-world/', import.meta.url);
const { images } = JSON.parse(readFileSync(new URL('outputs.json', folder), 'utf8')) as {
  images: Recorded[];
};

let original: Glip;
beforeAll(async () => {
  original = await Glip.load(new URL('model/', folder).pathname);
});
afterAll(() => {
  original.dispose();
});

/** The prompt as it was given to the reference: a list of names, or a caption with its phrases. */
function promptOf({ prompt, prompt_kind: kind, phrases }: Recorded): PromptInput {
  if (kind === 'detection') return { categories: phrases };
  const spans = phrases.map(
    (phrase) => [prompt.indexOf(phrase), prompt.indexOf(phrase) + phrase.length] as const,
  );
  return { caption: prompt, spans };
}

describe('a model trained by the original code finds what the original code finds with it', () => {
  it.each(images)('in $split/$file_name', async (recorded) => {
    const image = await readImageFile(new URL(`${recorded.split}/${recorded.file_name}`, folder).pathname);
    const found = await original.detect(image, promptOf(recorded), { threshold: 0 });
    const actual = {
      boxes: found.flatMap(({ box }) => [...box]),
      scores: found.map(({ score }) => score),
      labels: found.map(({ label }) => recorded.phrases.indexOf(label) + 1),
    };
    const expected = { boxes: recorded.boxes_xyxy.flat(), scores: recorded.scores, labels: recorded.labels };
    expect(compareDetections(recorded.file_name, actual, expected)).toMatchObject({ verdict: 'ok' });
  });

  it('and the noun phrases of captions are found without being told', async () => {
    const captions = images.filter(({ prompt_kind: kind }) => kind === 'caption');
    expect(captions.length).toBeGreaterThan(0);
    for (const recorded of captions) {
      const image = await readImageFile(new URL(`${recorded.split}/${recorded.file_name}`, folder).pathname);
      const found = await original.detect(image, { caption: recorded.prompt }, { threshold: 0 });
      for (const { label } of found) expect(recorded.phrases).toContain(label);
    }
  });
});

describe('the embedded model with weights in fewer bits', () => {
  const forms = [
    { dtype: 'f16', share: 0.99, score: 0.01, pixels: 0.5 },
    { dtype: 'q8', share: 0.97, score: 0.02, pixels: 1 },
  ] as const;
  const half = images.filter((_, i) => i % 2 === 0);
  let full: Detections[];
  const detectAll = async (glip: Glip): Promise<Detections[]> => {
    const found: Detections[] = [];
    for (const recorded of half) {
      const image = await readImageFile(new URL(`${recorded.split}/${recorded.file_name}`, folder).pathname);
      found.push(await glip.detect(image, promptOf(recorded), { threshold: 0 }));
    }
    return found;
  };
  beforeAll(async () => {
    using glip = await Glip.load(emojiTiny);
    full = await detectAll(glip);
  });

  it.each(forms)(
    '$dtype: $share of detections move by at most $score of the score and $pixels px',
    async ({ dtype, share, score: most, pixels }) => {
      using narrow = await Glip.load(emojiTiny, { dtype });
      let kept = 0;
      let all = 0;
      for (const [i, found] of (await detectAll(narrow)).entries()) {
        const near = ({ label, score, box }: Detection): boolean =>
          found.some(
            (other) =>
              other.label === label &&
              Math.abs(other.score / score - 1) <= most &&
              other.box.every((side, c) => Math.abs(side - box[c]) <= pixels),
          );
        kept += full[i].filter(near).length;
        all += Math.max(full[i].length, found.length);
      }
      expect(all).toBeGreaterThan(100);
      expect(kept / all).toBeGreaterThanOrEqual(share);
    },
  );
});

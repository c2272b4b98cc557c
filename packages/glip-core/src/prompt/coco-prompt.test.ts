import { readFileSync } from 'node:fs';
import { WordPiece } from '@glip-wgpu/bert';
import { describe, expect, it } from 'vitest';
import { planPrompt } from './plan-prompt.ts';

const coco =
  'person. bicycle. car. motorcycle. airplane. bus. train. truck. boat. traffic light. fire hydrant. stop sign. ' +
  'parking meter. bench. bird. cat. dog. horse. sheep. cow. elephant. bear. zebra. giraffe. backpack. umbrella. ' +
  'handbag. tie. suitcase. frisbee. skis. snowboard. sports ball. kite. baseball bat. baseball glove. skateboard. ' +
  'surfboard. tennis racket. bottle. wine glass. cup. fork. knife. spoon. bowl. banana. apple. sandwich. orange. ' +
  'broccoli. carrot. hot dog. pizza. donut. cake. chair. couch. potted plant. bed. dining table. toilet. tv. laptop. ' +
  'mouse. remote. keyboard. cell phone. microwave. oven. toaster. sink. refrigerator. book. clock. vase. scissors. ' +
  'teddy bear. hair drier. toothbrush';

const vocabulary = new URL('../../../bert-base-uncased/model/vocab.txt', import.meta.url);

describe('the COCO prompt', () => {
  it('has 699 characters, 194 tokens and the tokens of the specification', () => {
    const bert = WordPiece.fromVocab(readFileSync(vocabulary, 'utf8'));
    const {
      text: prompt,
      chunks,
      warnings,
    } = planPrompt({ categories: coco.split('. ') }, bert, { maxTokens: 256 });
    expect(prompt).toBe(coco);
    expect(prompt).toHaveLength(699);
    expect(chunks).toHaveLength(1);
    expect(chunks[0]?.encoding.ids).toHaveLength(194);
    expect(warnings).toEqual([]);
    const tokens = new Map(chunks[0]?.phrases.map((phrase) => [phrase.label, phrase.tokens]));
    expect(tokens.size).toBe(80);
    expect(tokens.get('fire hydrant')).toEqual([22, 23, 24]);
    expect(tokens.get('potted plant')).toEqual([141, 142, 143]);
    expect(tokens.get('toothbrush')).toEqual([191, 192]);
  });
});

import { describe, expect, it } from 'vitest';
import { faultsOf, open } from '../testing/open-memory.ts';
import { png } from '../testing/pictures.ts';

describe('pictures with captions', () => {
  it('have texts beside them', async () => {
    const dataset = await open({
      'train/a.png': png(20, 10),
      'train/a.txt': 'a dog\n',
      'train/b.png': png(20, 10),
      'train/b.txt': ' - \n',
      'val/c.png': 'no picture',
      'val/c.txt': 'a cat',
      'val/d.png': png(20, 10),
    });
    expect(dataset.format).toBe('captions');
    expect(dataset.splits.get('train')).toMatchObject([
      { path: 'train/a.png', caption: 'a dog', width: 20, height: 10 },
    ]);
    expect(faultsOf(dataset)).toEqual([
      'train/b.txt:1: the caption "-" has no words (left out)',
      'val/c.txt:1: val/c.png is not a JPEG, PNG, GIF, WebP or BMP file (left out)',
      'val/d.png: the picture has no text file (left out)',
    ]);
  });

  it('have JSON lines', async () => {
    const lines = [
      '{"file_name": "a.png", "text": "ein Hund"}',
      '',
      '{"file_name": "b.png", "caption": "x"}',
      '{',
      '{"text": "x"}',
    ];
    const dataset = await open({ 'train/metadata.jsonl': lines.join('\n'), 'train/a.png': png(20, 10) });
    expect(dataset.splits.get('train')).toMatchObject([{ path: 'train/a.png', caption: 'ein Hund' }]);
    expect(faultsOf(dataset)).toEqual([
      'train/metadata.jsonl:3: b.png is missing (left out)',
      expect.stringMatching(/^train\/metadata\.jsonl:4: not JSON/),
      'train/metadata.jsonl:5: expected "file_name" and "text", found {"text":"x"} (left out)',
    ]);
  });
});

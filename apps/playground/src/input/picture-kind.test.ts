import { describe, expect, it } from 'vitest';
import { fileKind } from './picture-kind.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('the kind of a file', () => {
  it.each([
    ['\xff\xd8\xff\xe0', 'picture'],
    ['\x89PNG\r\n\x1a\n', 'picture'],
    ['RIFF1234WEBPVP8 ', 'picture'],
    ['\0\0\0\x1cftypavif', 'picture'],
    ['\0\0\0\x20ftypisom', 'video'],
    ['\x1a\x45\xdf\xa3', 'video'],
    ['dog\ncat\n', 'text'],
    ['{"categories": []}', 'text'],
  ])('%j is %s', (start, kind) => {
    expect(fileKind(bytes(start))).toEqual({ kind });
  });

  it.each([
    ['\0\0\0\x20ftypheic', 'a HEIC photo'],
    ['\0\0\0\x20ftypmif1', 'a HEIC photo'],
    ['II*\0', 'a TIFF or a raw photo'],
    ['%PDF-1.7', 'a PDF document'],
    ['PK\x03\x04', 'an archive'],
    ['<svg xmlns="">', 'an SVG drawing'],
    ['<!DOCTYPE html>', 'a web page'],
    ['\x01\x02\x03', 'not a picture'],
    ['', 'empty'],
  ])('%j is named: %s', (start, what) => {
    expect(fileKind(bytes(start))).toMatchObject({ kind: 'other', what });
  });

  it('a zip archive that is named as a checkpoint is a model', () => {
    expect(fileKind(bytes('PK\x03\x04'), 'glip.pth')).toEqual({ kind: 'model' });
  });
});

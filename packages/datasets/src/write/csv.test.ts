import { describe, expect, it } from 'vitest';
import { images } from '../testing/labeled-images.ts';
import { toCsv } from './csv.ts';

describe('CSV', () => {
  it('has a line for each box and for each empty image, and starts no formula', () => {
    expect(toCsv(images).split('\r\n')).toEqual([
      'file,image_width,image_height,label,score,x1,y1,x2,y2',
      'a.jpg,200,100,"cat & ""kitten""",0.900000,10,20,60,70',
      `a.jpg,200,100,"'=1+1",0.500000,0,0,200,100`,
      'more/b.png,50,40,,,,,,',
      'c.png,3,3,dog,1.000000,2.7,0.2,3,3',
      '',
    ]);
  });

  it.each(['=x', '+x', '-x', '@x', '\tx', '\rx'])('quotes %j', (label) => {
    const image = { ...images[0], detections: [{ ...images[0].detections[0], label }] };
    expect(toCsv([image])).toContain(`,"'${label}",`);
  });

  it('holds no control characters', () => {
    const image = { ...images[1], file: 'a\u001b[31m\u0007\u009b.png' };
    expect(toCsv([image])).toContain('\r\na\ufffd[31m\ufffd\ufffd.png,50');
  });

  it('quotes commas and line ends', () => {
    expect(toCsv([{ ...images[1], file: 'a,b\nc.png' }])).toContain('\r\n"a,b\nc.png",50');
  });
});

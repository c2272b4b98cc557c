import type { LabeledImage } from '../write/labeled-image.ts';

/** Names of categories that formats have to quote. */
export const LABELS = ['dog', 'cat & "kitten"', '=1+1'];

/** An image with boxes of two categories, one without boxes, and one whose box ends between pixels. */
export const images: LabeledImage[] = [
  {
    file: 'a.jpg',
    width: 200,
    height: 100,
    detections: [
      { label: 'cat & "kitten"', box: [10, 20, 59, 69], score: 0.9 },
      { label: '=1+1', box: [0, 0, 199, 99], score: 0.5 },
    ],
  },
  { file: 'more/b.png', width: 50, height: 40, detections: [] },
  {
    file: 'c.png',
    width: 3,
    height: 3,
    detections: [{ label: 'dog', box: [2.7, 0.2, 2.9, 2.95], score: 1 }],
  },
];

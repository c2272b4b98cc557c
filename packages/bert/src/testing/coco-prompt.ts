// Recorded from the original tokenizer with the bert-base-uncased vocabulary (spec appendix A).

/** The 80 categories of COCO, each with its first and last token in their prompt. */
const CATEGORIES = `
person 1; bicycle 3; car 5; motorcycle 7; airplane 9; bus 11; train 13; truck 15; boat 17;
traffic light 19-20; fire hydrant 22-24; stop sign 26-27; parking meter 29-30; bench 32; bird 34;
cat 36; dog 38; horse 40; sheep 42; cow 44; elephant 46; bear 48; zebra 50; giraffe 52-54;
backpack 56; umbrella 58; handbag 60-61; tie 63; suitcase 65; frisbee 67-69; skis 71-72;
snowboard 74-75; sports ball 77-78; kite 80; baseball bat 82-83; baseball glove 85-86;
skateboard 88-89; surfboard 91-92; tennis racket 94-96; bottle 98; wine glass 100-101; cup 103;
fork 105; knife 107; spoon 109; bowl 111; banana 113; apple 115; sandwich 117; orange 119;
broccoli 121-123; carrot 125; hot dog 127-128; pizza 130; donut 132-133; cake 135; chair 137;
couch 139; potted plant 141-143; bed 145; dining table 147-148; toilet 150; tv 152; laptop 154;
mouse 156; remote 158; keyboard 160; cell phone 162-163; microwave 165; oven 167;
toaster 169-170; sink 172; refrigerator 174; book 176; clock 178; vase 180; scissors 182;
teddy bear 184-185; hair drier 187-189; toothbrush 191-192`;

export const COCO_CATEGORIES = CATEGORIES.split(';').map((entry) => {
  const [, name = '', first, last = first] = /^\s*(.+) (\d+)(?:-(\d+))?$/.exec(entry) ?? [];
  return { name, first: Number(first), last: Number(last) };
});

/** The ids of "person. bicycle. car. ...". */
export const COCO_IDS = `
101 2711 1012 10165 1012 2482 1012 9055 1012 13297 1012 3902 1012 3345 1012 4744 1012 4049 1012
4026 2422 1012 2543 26018 3372 1012 2644 3696 1012 5581 8316 1012 6847 1012 4743 1012 4937 1012
3899 1012 3586 1012 8351 1012 11190 1012 10777 1012 4562 1012 29145 1012 21025 27528 7959 1012
13383 1012 12977 1012 2192 16078 1012 5495 1012 15940 1012 10424 2483 11306 1012 8301 2015 1012
4586 6277 1012 2998 3608 1012 20497 1012 3598 7151 1012 3598 15913 1012 17260 6277 1012 14175 6277
1012 5093 14513 3388 1012 5835 1012 4511 3221 1012 2452 1012 9292 1012 5442 1012 15642 1012 4605
1012 15212 1012 6207 1012 11642 1012 4589 1012 22953 21408 3669 1012 25659 1012 2980 3899 1012
10733 1012 2123 4904 1012 9850 1012 3242 1012 6411 1012 8962 3064 3269 1012 2793 1012 7759 2795
1012 11848 1012 2694 1012 12191 1012 8000 1012 6556 1012 9019 1012 3526 3042 1012 18302 1012 17428
1012 15174 2121 1012 7752 1012 18097 1012 2338 1012 5119 1012 18781 1012 25806 1012 11389 4562
1012 2606 2852 3771 1012 11868 18623 102`
  .trim()
  .split(/\s+/)
  .map(Number);

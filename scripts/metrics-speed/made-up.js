// Made-up ground truth and detections; the same every time.

const OBJECTS = 7; // in an image, about as many as in COCO

/** Numbers from 0 to 1 that follow from a seed. */
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const round = (value) => Math.round(value * 100) / 100;

function objectsOf({ classes }, image) {
  const random = randomNumbers(image * 2 + 1);
  return Array.from({ length: OBJECTS }, () => ({
    category_id: 1 + Math.floor(random() * classes),
    bbox: [random() * 500, random() * 400, 4 + random() ** 3 * 250, 4 + random() ** 3 * 250].map(round),
    iscrowd: Number(random() < 0.01),
  }));
}

/** A COCO annotation file: about seven objects an image. */
export function groundTruthOf(scale) {
  const ids = Array.from({ length: scale.images }, (_, image) => image);
  return {
    images: ids.map((image) => ({ id: image + 1 })),
    categories: Array.from({ length: scale.classes }, (_, k) => ({ id: k + 1, name: `class ${k + 1}` })),
    annotations: ids.flatMap((image) =>
      objectsOf(scale, image).map((object, i) => ({
        id: image * OBJECTS + i + 1,
        image_id: image + 1,
        area: round(object.bbox[2] * object.bbox[3] * 0.7),
        ...object,
      })),
    ),
  };
}

/** Detections of an image: one in four near an object, the others anywhere. */
export function detectionsOf(scale, image, count) {
  const objects = objectsOf(scale, image);
  const random = randomNumbers(image * 2 + 2);
  return Array.from({ length: count }, () => {
    const near = random() < 0.25 ? objects[Math.floor(random() * OBJECTS)] : undefined;
    const bbox = near
      ? near.bbox.map((side, i) => round(side + (random() - 0.5) * near.bbox[2 + (i % 2)] * 0.3))
      : [random() * 500, random() * 400, 4 + random() * 200, 4 + random() * 200].map(round);
    const category_id = near ? near.category_id : 1 + Math.floor(random() * scale.classes);
    return {
      image_id: image + 1,
      category_id,
      bbox,
      score: Math.round(random() ** (near ? 1 : 3) * 1e6) / 1e6,
    };
  });
}

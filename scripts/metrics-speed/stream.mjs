// node stream.mjs SCALE: the cost of CocoEvaluator with many detections for each class of each image, made as they are added.
import { CocoEvaluator } from '@glip-wgpu/detection-metrics';
import { printCost } from './cost.mjs';
import { detectionsOf, groundTruthOf } from './made-up.js';

const scale = JSON.parse(process.argv[2]);
printCost(() => {
  const { categories, images, annotations } = groundTruthOf(scale);
  const objects = byImage(annotations);
  const evaluator = new CocoEvaluator(categories);
  for (const [image, { id }] of images.entries()) {
    const found = detectionsOf(scale, image, scale.detections * scale.classes);
    evaluator.add(id, objects.get(id) ?? [], found);
  }
  return evaluator.summarize().AP;
});

function byImage(annotations) {
  const groups = new Map();
  for (const one of annotations) groups.set(one.image_id, [...(groups.get(one.image_id) ?? []), one]);
  return groups;
}

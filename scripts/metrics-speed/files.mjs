// node files.mjs GT.json DT.json: the cost of evaluateCoco.
import { readFileSync } from 'node:fs';
import { evaluateCoco } from '@glip-wgpu/detection-metrics';
import { printCost } from './cost.mjs';

const [truth, detections] = process.argv.slice(2);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
printCost(() => evaluateCoco(read(truth), read(detections)).AP);

"""python pycocotools_cost.py GT.json DT.json: the cost of pycocotools, as one line of JSON."""

import json
import resource
import sys
import time

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

start, cpu = time.perf_counter(), time.process_time()
truth = COCO(sys.argv[1])
evaluation = COCOeval(truth, truth.loadRes(sys.argv[2]), "bbox")
evaluation.evaluate()
evaluation.accumulate()
evaluation.summarize()
cost = {
    "seconds": time.perf_counter() - start,
    "cpuSeconds": time.process_time() - cpu,
    "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "AP": evaluation.stats[0],
}
print(json.dumps(cost))

// What the benchmark's careful tune needs to know of plans; never published.

export { KNOWN_PLANS, kindOf } from './gemm/known-plans.ts';
export { candidates, defaultPlan, tilesOf } from './gemm/plan.ts';
export { productClasses } from './gemm/tune.ts';

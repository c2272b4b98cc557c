// Internals of plans for the benchmark's careful tune; never published.

export { KNOWN_PLANS, kindOf } from './gemm/known-plans.ts';
export { candidates, defaultPlan, tilesOf } from './gemm/plan.ts';
export { productClasses } from './gemm/tune.ts';

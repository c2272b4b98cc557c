export { platformGpu } from '#gpu';
export { type Dispatch, type DispatchList, groupOf } from '../device/command-stream.ts';
export { coreOf } from '../device/device.ts';
export * from './check-spec.ts';
export { FAULTS, type Fault, FaultyGpu, isReportedLate } from './faulty-gpu.ts';
export * from './kernel-spec.ts';
export * from './ndarray.ts';
export { testScale } from './test-scale.ts';

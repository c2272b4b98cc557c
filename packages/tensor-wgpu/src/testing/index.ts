export * from './check-spec.ts';
export * from './kernel-spec.ts';
export * from './ndarray.ts';

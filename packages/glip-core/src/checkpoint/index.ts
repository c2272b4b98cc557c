export { openCheckpoint } from './open-checkpoint.ts';
export { parameterSource } from './parameter-source.ts';

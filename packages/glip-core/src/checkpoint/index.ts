export { openCheckpoint } from './open-checkpoint.ts';
export { safetensorsSource } from './safetensors-source.ts';

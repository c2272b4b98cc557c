export { safetensorsSource } from './safetensors-source.ts';

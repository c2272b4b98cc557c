export type { CheckpointFile, TensorInfo } from './checkpoint-file.ts';
export { openCheckpoint } from './open-checkpoint.ts';
export { parameterSource } from './parameter-source.ts';
export { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';

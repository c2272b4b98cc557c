export type { CheckpointFile, TensorInfo, TranslatedFile } from './checkpoint-file.ts';
export { type ConvertedFile, toSafetensors } from './convert.ts';
export { openCheckpoint } from './open-checkpoint.ts';
export { parameterSource } from './parameter-source.ts';
export { openSharded, ShardError, type ShardErrorCode } from './sharded.ts';
export type { ConvertOptions } from './stored-form.ts';
export { crc32, joinCrc32 } from './torch/crc32.ts';
export { TorchFileError, type TorchFileErrorCode } from './torch/torch-error.ts';
export {
  contentStart,
  HEADER_BYTES,
  type PlacedBytes,
  planWeightTransfer,
  type WeightStorage,
  type WeightTransfer,
} from './torch/weight-transfer.ts';

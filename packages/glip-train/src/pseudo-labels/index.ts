export { type LabeledPairs, type LabelShardOptions, labelShard } from './label-shard.ts';
export {
  addSummaries,
  isLeftOut,
  type LabeledCaption,
  type LeftOutCaption,
  NO_RESULTS,
  parseShardLine,
  type ShardRecord,
  type ShardSummary,
  shardLine,
  withRecord,
} from './shard-record.ts';
export {
  type GlipTeacherOptions,
  glipTeacher,
  type Teacher,
  type TeacherInput,
  type TeacherOutput,
} from './teacher.ts';

export { AdamW, type AdamWOptions, type ParameterGroup } from './adamw/adamw.ts';
export { MovingAverage } from './adamw/moving-average.ts';
export * from './losses/index.ts';
export { type GroupOptions, glipGroups, multiStepSchedule, type ScheduleOptions } from './schedule.ts';

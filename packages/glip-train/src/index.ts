export * from './losses/index.ts';
export { type GroupOptions, glipGroups } from './parameter-groups.ts';

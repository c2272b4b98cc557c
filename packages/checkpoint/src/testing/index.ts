export * from './pickle-writer.ts';
export * from './training-archive.ts';

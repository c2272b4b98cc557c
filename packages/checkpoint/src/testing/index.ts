export * from './pickle-writer.ts';

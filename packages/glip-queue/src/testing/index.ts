export { Fleet } from './fleet.ts';
export { type RedisServer, startRedis } from './redis-server.ts';
export { stubTask } from './stub-task.js';
export { tarOf } from './tar.ts';

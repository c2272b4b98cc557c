import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { HonoAdapter } from '@bull-board/hono';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Queue } from 'bullmq';
import { Hono } from 'hono';
import { basicAuth } from 'hono/basic-auth';
import { secureHeaders } from 'hono/secure-headers';
import { Redis } from 'ioredis';

const MIN_PASSWORD = 12;
const PREFIX = 'glip'; // of glip-queue's keys

/** Settings that are missing or too weak: reported in one sentence. */
export class SettingsError extends Error {}

/** @param {Readonly<Record<string, string | undefined>>} env */
export function settingsOf(env) {
  const { GLIP_QUEUE, GLIP_QUEUE_NAMES = 'shards', DASHBOARD_USER, DASHBOARD_PASSWORD, PORT = '3000' } = env;
  if (!GLIP_QUEUE || !/^rediss?:\/\//.test(GLIP_QUEUE))
    throw new SettingsError('GLIP_QUEUE: expected the URL of Redis, redis://HOST');
  if (!DASHBOARD_USER) throw new SettingsError('DASHBOARD_USER: expected the name to log in with');
  if (!DASHBOARD_PASSWORD || DASHBOARD_PASSWORD.length < MIN_PASSWORD)
    throw new SettingsError(`DASHBOARD_PASSWORD: expected at least ${MIN_PASSWORD} characters`);
  if (!/^\d+$/.test(PORT)) throw new SettingsError(`PORT ${PORT}: expected a number`);
  const names = GLIP_QUEUE_NAMES.split(',').map((name) => name.trim());
  return {
    url: GLIP_QUEUE,
    redisPassword: env.GLIP_QUEUE_PASSWORD,
    names,
    user: DASHBOARD_USER,
    password: DASHBOARD_PASSWORD,
    port: Number(PORT),
  };
}

/**
 * Serves bull-board behind a login. It shows and changes nothing: `glip queue` does that, since it knows the marks of attempts.
 *
 * @param {ReturnType<typeof settingsOf>} settings
 * @returns the server's port, and what ends it
 */
export async function serveDashboard({ url, redisPassword, names, user, password, port }) {
  const own = redisPassword && new URL(url).password === '' ? { password: redisPassword } : {};
  const redis = new Redis(url, { ...own, maxRetriesPerRequest: null });
  redis.on('error', ({ message }) => console.error(`dashboard: ${message}`));
  const queues = names.map((name) => new Queue(name, { connection: redis, prefix: PREFIX }));
  for (const queue of queues) queue.on('error', () => {});
  const board = new HonoAdapter(serveStatic);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter: board,
    options: { uiConfig: { boardTitle: 'GLIP' } },
  });
  board.setBasePath('/');
  const app = new Hono();
  app.get('/health', (context) => context.text('ok'));
  app.use('*', secureHeaders(), basicAuth({ username: user, password }));
  app.route('/', board.registerPlugin());
  const server = await new Promise((resolve) => {
    const listening = serve({ fetch: app.fetch, port }, () => resolve(listening));
  });
  return {
    port: server.address().port,
    async close() {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      for (const queue of queues) await queue.close();
      redis.disconnect();
    },
  };
}

import { startRedis } from '@glip-wgpu/glip-queue/testing';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { serveDashboard, settingsOf } from './dashboard.js';

const ENV = {
  GLIP_QUEUE: 'redis://host',
  DASHBOARD_USER: 'someone',
  DASHBOARD_PASSWORD: 'correct horse battery',
};

it.each([
  [{ GLIP_QUEUE: undefined }, 'GLIP_QUEUE: expected the URL of Redis'],
  [{ DASHBOARD_USER: '' }, 'DASHBOARD_USER: expected the name'],
  [{ DASHBOARD_PASSWORD: 'short' }, 'DASHBOARD_PASSWORD: expected at least 12 characters'],
  [{ PORT: 'http' }, 'PORT http: expected a number'],
])('settings with %j are refused', (changes, message) => {
  expect(() => settingsOf({ ...ENV, ...changes })).toThrow(message);
});

it('the dashboard shows queues to those who log in, and changes nothing', async () => {
  await using redis = await startRedis();
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  const queue = new Queue('shards', { connection, prefix: 'glip' });
  await queue.add('run', { begin: 0, bytes: 1 });
  const { port, close } = await serveDashboard({ ...settingsOf({ ...ENV, GLIP_QUEUE: redis.url }), port: 0 });
  const get = (path: string, login?: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: login === undefined ? {} : { authorization: `Basic ${btoa(login)}` },
    });
  const login = `${ENV.DASHBOARD_USER}:${ENV.DASHBOARD_PASSWORD}`;
  try {
    expect((await get('/health')).status).toBe(200);
    for (const path of ['/', '/api/queues', '/static/favicon.ico']) {
      expect([path, (await get(path)).status]).toEqual([path, 401]);
      expect([path, (await get(path, 'someone:wrong')).status]).toEqual([path, 401]);
    }
    const page = await get('/', login);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('GLIP')]);
    const listed = await (await get('/api/queues?activeQueue=shards', login)).json();
    expect(listed.queues).toMatchObject([{ name: 'shards', counts: { waiting: 1 } }]);
    const removed = await get('/api/queues/shards/empty', login, 'PUT');
    expect(removed.status).toBeGreaterThanOrEqual(400);
    expect(await queue.getWaitingCount()).toBe(1);
  } finally {
    await close();
    await queue.close();
    connection.disconnect();
  }
});

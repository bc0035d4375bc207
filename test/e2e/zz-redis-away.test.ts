import { startApp } from '../support/app.js';
import { Client, signUp } from '../support/client.js';
import { startRedisServer } from '../support/redis-server.js';
import { clip } from '../support/clips.js';

test('redis away', async () => {
  const redis = await startRedisServer();
  const app = await startApp({ REDIS_URL: redis.url });
  const anna = await signUp(app, 'a@example.com');
  await redis.stop();
  const t = async (name: string, f: () => Promise<unknown>) => {
    const b = Date.now();
    const r = await Promise.race([f().catch((e: unknown) => String(e)), new Promise((r) => setTimeout(() => r('HANGS'), 12000))]);
    console.log(name, Date.now() - b, JSON.stringify(r)?.slice(0, 400));
  };
  await t('readyz', async () => { const r = await new Client(app.origin).get('/readyz'); return [r.status, r.body]; });
  await t('genres', async () => { const r = await anna.get('genres'); return [r.status, r.body]; });
  await t('genres', async () => { const r = await anna.get('genres'); return [r.status, r.body]; });
  await t('upload', async () => { const r = await anna.upload(await clip('silent')); return [r.status, r.body]; });
  await t('register', async () => { const r = await anna.post('auth/register', {email: 'x@example.com', password: 'correct horse battery'}); return [r.status, r.body]; });
  await t('close', async () => { await app.close(); return 'closed'; });
}, 120000);

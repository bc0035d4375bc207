import { startApp, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

test('healthz says that the process is alive', async () => {
  const { status, body } = await new Client(app.origin).get('/healthz');
  expect([status, body]).toEqual([200, { status: 'ok' }]);
});

test('readyz names every part and says that it works', async () => {
  const { status, body } = await new Client(app.origin).get('/readyz');
  expect(status).toBe(200);
  expect(body.checks).toEqual(
    ['database', 'queue', 'storage', 'ffmpeg'].map((name) => ({ name, ok: true })),
  );
});

import { startApp, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { cookiesOf } from '../support/cookie-client.js';

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ APP_URL: 'https://videos.example.org/' });
});
afterAll(() => app.close());

test('behind https every cookie is Secure and browsers are told to stay with https', async () => {
  const answer = await new Client(app.origin).post('auth/demo');
  const cookies = cookiesOf(answer);
  expect([...cookies.keys()].sort()).toEqual(['access_token', 'csrftoken', 'refresh_token']);
  for (const { name, attributes } of cookies.values()) {
    expect([name, attributes.has('secure')]).toEqual([name, true]);
  }
  expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d+/);
});

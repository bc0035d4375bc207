import { DataSource, type QueryRunner } from 'typeorm';
import { BoundActivations1764000000000 } from '../../migrations/1764000000000-bound-activations.js';
import { PasswordsService } from '../../src/auth/passwords/passwords.service.js';
import { hashOpaqueToken, newOpaqueToken } from '../../src/common/opaque-token.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD } from '../support/client.js';
import { makePerson } from '../support/people.js';

const migration = new BoundActivations1764000000000();

let app: TestApp;
let runner: QueryRunner;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api' });
  runner = app.app.get(DataSource).createQueryRunner();
});
afterAll(async () => {
  await runner.release();
  await app.close();
});

test('a link that was mailed before each registration had one of its own still activates', async () => {
  await makePerson(app, { email: 'grace@example.org', username: 'grace' });
  const [token, passwordHash] = [
    newOpaqueToken(),
    await app.app.get(PasswordsService).hash(PASSWORD),
  ];
  // Waits with a name that somebody has, which the schema before did not allow.
  await runner.query(
    `INSERT INTO users (email, username, password_hash)
     VALUES ('late@example.org', 'Grace', 'none')`,
  );
  await migration.down(runner);
  const [{ id }] = (await runner.query(
    `INSERT INTO users (email, username, password_hash)
     VALUES ('ada@example.org', 'ada', $1) RETURNING id`,
    [passwordHash],
  )) as [{ id: string }];
  await runner.query(
    `INSERT INTO mail_tokens (user_id, purpose, token_hash, expires_at)
     VALUES ($1, 'activation', $2, now() + interval '1 hour')`,
    [id, hashOpaqueToken(token)],
  );
  await migration.up(runner);
  const anybody = new Client(app.origin);
  expect((await anybody.post('auth/activate', { uid: id, token })).status).toBe(200);
  const { body } = await anybody.post('auth/login', { username: 'ada', password: PASSWORD });
  expect(body.user).toMatchObject({ id, email: 'ada@example.org', username: 'ada' });
});

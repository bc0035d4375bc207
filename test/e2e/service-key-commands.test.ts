import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { manage } from '../support/server.js';
import { sendRaw, signInHeader, type KeyPair } from '../support/sigv4-signer.js';

const SECRET_KEY = 'a secret of thirty-two characters';

let ground: Ground;
let app: TestApp;

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground, { ROLES: 'api', SECRET_KEY });
});
afterAll(async () => {
  await app.close();
  await ground.remove();
});

const command = (...args: string[]) =>
  manage(args, { DATABASE_URL: ground.databaseUrl, DATA_DIR: ground.dataDir, SECRET_KEY });

/** Status of the answer to a service that asks for a video there is not. */
async function knock(keys: KeyPair): Promise<number> {
  const path = `/api/v1/upload/videos/by-key/uploads/${Math.random()}.mp4`;
  const host = new URL(app.origin).host;
  const request = await signInHeader({ method: 'GET', path }, { keys, host });
  return (await sendRaw(app.origin, request)).status;
}

test('a key that a command made opens the API until a command revokes it', async () => {
  expect(await command('list-service-keys')).toMatchObject({
    code: 0,
    stdout: 'There are no service keys.\n',
  });
  const made = await command('create-service-key', 'transcoder');
  const lines = /^ID +(\S+)\nAccess key id +(\S+)\nSecret access key +(\S+)\n$/.exec(made.stdout);
  const [, id = '', accessKeyId = '', secretAccessKey = ''] = lines ?? [];
  expect([made.code, made.stderr, accessKeyId.slice(0, 4)]).toEqual([0, '', 'VFXK']);
  expect(await knock({ accessKeyId, secretAccessKey })).toBe(404);

  const listed = await command('list-service-keys');
  expect(listed.stdout).toMatch(new RegExp(`^${id} +${accessKeyId} +transcoder +2`, 'm'));
  expect(listed.stdout).not.toContain(secretAccessKey);

  const revoked = await command('revoke-service-key', id);
  expect([revoked.code, revoked.stdout]).toEqual([
    0,
    `The key ${accessKeyId} of 'transcoder' opens nothing any more.\n`,
  ]);
  expect(await knock({ accessKeyId, secretAccessKey })).toBe(401);
  const again = await command('revoke-service-key', id);
  expect([again.code, again.stderr]).toEqual([1, 'Error: The key has been revoked already.\n']);
  const [key] = JSON.parse((await command('list-service-keys', '--json')).stdout) as object[];
  expect(key).toMatchObject({ id, name: 'transcoder', revoked_at: expect.any(String) });
});

test('what is no name and no id is told in one sentence', async () => {
  expect(await command('create-service-key', ' ')).toMatchObject({
    code: 1,
    stderr: 'Error: The name must not be empty.\n',
  });
  expect(await command('revoke-service-key', 'transcoder')).toMatchObject({
    code: 1,
    stderr: "Error: 'transcoder' is not an id.\n",
  });
});

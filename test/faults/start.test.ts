import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { Client } from '../support/client.js';
import { freePort, makeFolder, processesAt, ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

const ADMIN = 'admin@localhost.localdomain';
const PASSWORD = 'correct horse battery staple';
const RELOCATED = '/var/lib/videoflix';

let folder: string;
let dataDir: string;
const servers: ServerProcess[] = [];

beforeEach(() => {
  folder = makeFolder();
  dataDir = path.join(folder, 'data');
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop('SIGKILL')));
  await nothingLeft();
  rmSync(folder, { recursive: true, force: true });
});

test('the banner of the first start says all that one wants to know', async () => {
  const port = await freePort();
  const server = await start({ PORT: port });
  expect(server.stderr).toBe('');
  expect(server.stdout).toContain(`Videoflix is running at http://localhost:${port}\n`);
  expect(rowsOf(server)).toEqual({
    Admin: ADMIN,
    Password: expect.stringMatching(/^[\w-]{16} {3}\(made for this installation, shown once\)$/),
    Mail: `each one a file in ${dataDir}/mail; links are printed here`,
    Data: dataDir,
    API: `http://localhost:${port}/swagger/   http://localhost:${port}/redoc/`,
    Stop: 'Ctrl-C',
  });
  const { status, body } = await login(server, ADMIN, passwordOf(server));
  expect([status, body.user.role]).toEqual([200, 'superuser']);
});

test('a chosen administrator is not shown a password', async () => {
  const server = await start({ ADMIN_EMAIL: 'boss@example.org', ADMIN_PASSWORD: PASSWORD });
  expect(rowsOf(server)).toMatchObject({ Admin: 'boss@example.org' });
  expect(server.stdout).not.toMatch(/Password|correct horse/);
  expect((await login(server, 'boss@example.org', PASSWORD)).status).toBe(200);
});

test('the second start shows no password and serves what the first has made', async () => {
  const first = await start();
  const password = passwordOf(first);
  await first.stop();
  const second = await start();
  expect((await new Client(second.origin).get('/healthz')).status).toBe(200);
  expect(Object.keys(rowsOf(second))).toEqual(['Mail', 'Data', 'API', 'Stop']);
  expect((await login(second, ADMIN, password)).status).toBe(200);
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  test('ends the server in order, with everything it had started', async () => {
    const server = await start({}, []);
    await until(() => processesAt(dataDir).some((args) => args.includes('ffmpeg')), {
      what: 'the first demo clip',
    });
    const { code, stderr } = await server.stop(signal);
    expect([code, stderr]).toEqual([0, '']);
    expect(server.stdout).toContain('\nStopping…\n');
    expect(processesAt(dataDir)).toEqual([]);
  });

  test('during the first start leaves nothing running and nothing half made', async () => {
    const server = launch({ PORT: await freePort() });
    await until(() => processesAt(dataDir).some((args) => args.includes('postgres')), {
      what: 'PostgreSQL to be started',
    });
    await server.stop(signal);
    await nothingLeft();
    const next = await start();
    expect((await login(next, ADMIN, passwordOf(next))).status).toBe(200);
  });
});

test('a killed server starts again by itself, with all that it knew', async () => {
  const server = await start({}, []);
  const password = passwordOf(server);
  const visitor = new Client(server.origin);
  await visitor.post('auth/register', { email: 'ada@example.org', password: PASSWORD });
  const { body } = await login(server, ADMIN, password);
  await until(() => processesAt(dataDir).some((args) => args.includes('ffmpeg')), {
    what: 'the first demo clip',
  });
  await server.stop('SIGKILL');
  const next = await start({ PORT: new URL(server.origin).port }, []);
  expect(Object.keys(rowsOf(next))).not.toContain('Password');
  expect((await login(next, ADMIN, password)).status).toBe(200);
  const admin = new Client(next.origin, body.access_token);
  const { users } = (await admin.get('admin/users?search=ada@example.org')).body;
  expect(users).toMatchObject([{ email: 'ada@example.org', activated_at: null }]);
  expect((await admin.get('auth/me')).body.user.email).toBe(ADMIN);
  await until(async () => (await admin.get('videos')).body.total_count > 0, {
    seconds: 60,
    what: 'the clip that was being made',
  });
});

test('a killed server takes PostgreSQL and ffmpeg with it', async () => {
  const server = await start({}, []);
  await until(() => processesAt(dataDir).some((args) => args.includes('ffmpeg')), {
    what: 'the first demo clip',
  });
  await server.stop('SIGKILL');
  await nothingLeft();
});

describe('a start that cannot succeed is told in one sentence, and leaves nothing behind:', () => {
  test('another program has the port', async () => {
    const other = createServer().listen(0, '0.0.0.0');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    await refuses({ PORT: port }, new RegExp(`^videoflix: PORT: ${port} is taken`));
    other.close();
  });

  test('DATA_DIR is a file', async () => {
    writeFileSync(dataDir, 'a file where the folder should be');
    await refuses({}, new RegExp(`^videoflix: DATA_DIR: ${dataDir} cannot be written to`));
  });

  test('DATA_DIR lies below a file', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await refuses(
      { DATA_DIR: path.join(folder, 'file', 'data') },
      /^videoflix: DATA_DIR: .* cannot be written to/,
    );
  });

  test('there is no ffmpeg', async () => {
    await refuses({ FFMPEG_PATH: '/nonexistent' }, /^videoflix: FFMPEG_PATH: .*\/nonexistent/);
    await refuses({ FFPROBE_PATH: '/nonexistent' }, /^videoflix: FFMPEG_PATH: .*\/nonexistent/);
  });

  test('what is called ffmpeg is something else', async () => {
    await refuses({ FFMPEG_PATH: '/bin/true' }, /^videoflix: FFMPEG_PATH: /);
  });

  test.each([
    [{ PORT: 'abc' }, /^videoflix: PORT: is not a whole number/],
    [{ ROLES: 'api' }, /^videoflix: ROLES: .*DATABASE_URL/],
    [{ SECRET_KEY_FILE: '/nonexistent' }, /^videoflix: SECRET_KEY_FILE: \/nonexistent/],
    [
      { DATABASE_URL: 'postgres://127.0.0.1:1/none', SECRET_KEY: 'x'.repeat(32) },
      /^videoflix: DATABASE_URL: 127\.0\.0\.1:1 .*ECONNREFUSED/,
    ],
  ])('the setting is wrong: %j', async (settings, sentence) => {
    await refuses(settings, sentence);
  });

  test('there is no such option', async () => {
    await refuses({}, /^videoflix: .*--demon.*--help/, ['--demon']);
    await refuses({}, /^videoflix: .*extra.*--help/, ['extra']);
  });

  async function refuses(
    settings: Record<string, string>,
    sentence: RegExp,
    args?: string[],
  ): Promise<void> {
    const { code, stdout, stderr } = await launch(
      { PORT: await freePort(), ...settings },
      args,
    ).end();
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(processesAt(dataDir)).toEqual([]);
  }
});

test('help is shown without a start', async () => {
  const { code, stdout, stderr } = await launch({ PORT: '1' }, ['--help']).end();
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('--no-demo');
  expect(existsSync(dataDir)).toBe(false);
});

test('two installations run side by side and know nothing of each other', async () => {
  const [one, other] = await Promise.all([
    start({ DATA_DIR: path.join(folder, 'one') }),
    start({ DATA_DIR: path.join(folder, 'other') }),
  ]);
  const [mine, yours] = [passwordOf(one), passwordOf(other)];
  expect((await login(one, ADMIN, mine)).status).toBe(200);
  expect((await login(one, ADMIN, yours)).status).toBe(401);
  const { body } = await login(other, ADMIN, yours);
  expect((await new Client(one.origin, body.access_token).get('auth/me')).status).toBe(401);
  expect((await one.stop()).code).toBe(0);
  expect((await new Client(other.origin).get('/readyz')).status).toBe(200);
  expect((await login(other, ADMIN, yours)).status).toBe(200);
});

test('two servers may share one DATA_DIR, and the first to go leaves the other its database', async () => {
  const first = await start();
  const second = await start();
  const password = passwordOf(first);
  expect((await login(second, ADMIN, password)).status).toBe(200);
  expect((await first.stop()).code).toBe(0);
  expect((await login(second, ADMIN, password)).status).toBe(200);
  expect((await second.stop()).code).toBe(0);
  expect(processesAt(dataDir)).toEqual([]);
});

test('below a private folder the database finds another place, and the banner says which', async () => {
  const privateFolder = path.join(folder, 'private');
  mkdirSync(privateFolder, { mode: 0o700 });
  dataDir = path.join(privateFolder, 'data');
  const server = await start();
  const place = rowsOf(server)['Database']?.split(' ')[0];
  try {
    if (process.getuid?.() === 0) {
      expect(place).toMatch(new RegExp(`^${RELOCATED}/data-[0-9a-f]{8}$`));
      expect(readdirSync(place ?? '')).toContain('cluster');
    } else {
      expect(place).toBeUndefined();
    }
    const password = passwordOf(server);
    expect((await login(server, ADMIN, password)).status).toBe(200);
    expect((await server.stop()).code).toBe(0);
    expect(processesAt(place ?? dataDir)).toEqual([]);
    chmodSync(privateFolder, 0o755);
    const again = await start();
    expect(rowsOf(again)['Database']?.split(' ')[0]).toBe(place);
    expect((await login(again, ADMIN, password)).status).toBe(200);
    await again.stop();
  } finally {
    if (place?.startsWith(`${RELOCATED}/`)) rmSync(place, { recursive: true, force: true });
  }
});

function launch(
  settings: Partial<Record<string, string>> & { PORT?: string } = {},
  args?: string[],
): ServerProcess {
  const server = new ServerProcess({ DATA_DIR: dataDir, PORT: '0', ...settings }, args);
  servers.push(server);
  return server;
}

async function start(
  settings: Record<string, string> = {},
  args?: string[],
): Promise<ServerProcess> {
  return launch({ PORT: await freePort(), ...settings }, args).listening();
}

/** The banner's rows by their labels. */
function rowsOf({ stdout }: ServerProcess): Record<string, string> {
  const rows = stdout.matchAll(/^ {2}(\w+) +(\S.*)$/gm);
  return Object.fromEntries([...rows].map(([, label = '', value = '']) => [label, value]));
}

function passwordOf(server: ServerProcess): string {
  return rowsOf(server)['Password']?.split(' ')[0] ?? '';
}

function login({ origin }: ServerProcess, email: string, password: string) {
  return new Client(origin).post('auth/login', { email, password });
}

async function nothingLeft(): Promise<void> {
  await until(() => processesAt(folder).length === 0, { what: 'the end of every process' });
}

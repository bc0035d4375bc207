import { rmSync } from 'node:fs';
import path from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { mailsTo } from '../support/app.js';
import { Client, type Answer } from '../support/client.js';
import {
  freePort,
  makeFolder,
  manage as runCommand,
  processesSaying,
  ServerProcess,
  type Ended,
} from '../support/server.js';
import { Terminal } from '../support/terminal.js';
import { until } from '../support/until.js';

const CLI = path.resolve('dist/src/cli/main.js');
const PASSWORD = 'correct horse battery staple';
const ADMIN = 'admin@localhost.localdomain';
const CTRL_C = '\u0003';
const CTRL_U = '\u0015';

let folder: string;
let settings: Record<string, string>;
let server: ServerProcess;
let terminal: Terminal | undefined;
let admin: Client;

beforeAll(async () => {
  folder = makeFolder();
  settings = {
    DATA_DIR: path.join(folder, 'data'),
    ADMIN_PASSWORD: PASSWORD,
    LOGINS_PER_MINUTE: '1000',
  };
  server = new ServerProcess({ ...settings, PORT: await freePort() });
  await server.listening();
  admin = await signedIn(ADMIN);
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  terminal?.kill();
  terminal = undefined;
});

describe('create-superuser --noinput', () => {
  test('makes an administrator who can sign in at once', async () => {
    const { code, stdout, stderr } = await create(['--email', 'boss@example.org']);
    expect([code, stdout, stderr]).toEqual([0, 'Superuser created successfully.\n', '']);
    const { status, body } = await login('Boss@example.org');
    expect([status, body.user.role, body.user.username]).toEqual([200, 'superuser', null]);
    expect(await eventsOf('boss@example.org', 'user.created')).toMatchObject([
      { actor: null, details: { role: 'superuser' } },
    ]);
  });

  test('gives a username when there is one', async () => {
    await create(['--email', 'named@example.org', '--username', 'the.boss']);
    expect((await login('the.boss')).status).toBe(200);
  });

  test('leaves the strength of the password to the operator', async () => {
    const { code } = await create(['--email', 'weak@example.org'], 'password');
    expect(code).toBe(0);
  });

  test('never has the password among the arguments of a process', async () => {
    const secret = 'only-in-the-environment';
    const running = create(['--email', 'quiet@example.org'], secret);
    const seen: string[] = [];
    let ended = false;
    await Promise.all([
      running.then(() => (ended = true)),
      until(() => {
        seen.push(...processesSaying(secret));
        return ended;
      }),
    ]);
    expect((await running).code).toBe(0);
    expect(seen).toEqual([]);
    const refused = await create(['--password', secret]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('unknown option')]);
  });

  test.each<[string, string[], string | undefined, RegExp]>([
    ['without --email', [], PASSWORD, /--email/],
    ['without a password', ['--email', 'a@example.org'], undefined, /SUPERUSER_PASSWORD/],
    [
      'with a short password',
      ['--email', 'a@example.org'],
      '1234567',
      /SUPERUSER_PASSWORD: must have at least 8 characters/,
    ],
    [
      'with a password nobody could sign in with',
      ['--email', 'a@example.org'],
      'a'.repeat(257),
      /SUPERUSER_PASSWORD: .*at most 256 characters/,
    ],
    ['with a wrong address', ['--email', 'somebody'], PASSWORD, /--email: .*e-mail/],
    [
      'with a wrong username',
      ['--email', 'a@example.org', '--username', 'a b'],
      PASSWORD,
      /--username: .*letters/,
    ],
    [
      'with a taken address, whatever its case',
      ['--email', 'ADMIN@localhost.localdomain'],
      PASSWORD,
      /already taken/,
    ],
    [
      'with a taken username, whatever its case',
      ['--email', 'a@example.org', '--username', 'ADMIN'],
      PASSWORD,
      /already taken/,
    ],
  ])('%s says what is missing', async (_, options, password, reason) => {
    const { code, stdout, stderr } = await create(options, password ?? '');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
  });

  function create(options: string[], password = PASSWORD): Promise<Ended> {
    const given = { ...settings, SUPERUSER_PASSWORD: password };
    return runCommand(['create-superuser', '--noinput', ...options], given);
  }
});

describe('create-superuser', () => {
  test('asks for what it needs, and again when the answers do not fit', async () => {
    const password = 'typed and never shown';
    const screen = open('create-superuser');
    await screen.reads('E-mail address:');
    screen.types('nobody');
    await screen.reads('Enter a valid e-mail address.');
    screen.types(`${CTRL_U}${ADMIN}`);
    await screen.reads('That e-mail address is already taken.');
    screen.types(`${CTRL_U}typed@example.org`);
    await screen.reads('Username (may be left empty):');
    screen.types('a');
    await screen.reads('A username must be 3 to 40');
    screen.types(`${CTRL_U}Admin`);
    await screen.reads('That username is already taken.');
    screen.types(`${CTRL_U}typist`);
    await answer(screen, password, 'something else');
    await screen.reads("Error: Your passwords didn't match.");
    await answer(screen, '', '');
    await screen.reads("Error: Blank passwords aren't allowed.");
    await answer(screen, 'typist', 'typist');
    await screen.reads('This password must have at least 8 characters.');
    await screen.reads('This password is too similar to the');
    await screen.reads('Bypass password validation and create user anyway? [y/N]:');
    screen.types('');
    await screen.reads('Password:');
    screen.types(password);
    await screen.reads('Password (again):');
    expect(processesSaying(password)).toEqual([]);
    screen.types(password);
    await screen.reads('Superuser created successfully.');
    expect(await screen.code()).toBe(0);
    expect(screen.text).not.toContain(password);
    const { status, body } = await login('typist', password);
    expect([status, body.user?.role]).toEqual([200, 'superuser']);
    expect(await eventsOf('typed@example.org', 'user.created')).toHaveLength(1);
  });

  test('takes a weak password from somebody who insists, and no username', async () => {
    const screen = open('create-superuser');
    await screen.reads('E-mail address:');
    screen.types('insisting@example.org');
    await screen.reads('Username (may be left empty):');
    screen.types('');
    await answer(screen, 'password', 'password');
    await screen.reads('This password is too common.');
    await screen.reads('[y/N]:');
    screen.types('y');
    await screen.reads('Superuser created successfully.');
    expect(await screen.code()).toBe(0);
    const { status, body } = await login('insisting@example.org', 'password');
    expect([status, body.user?.username]).toEqual([200, null]);
  });

  test('asks for nothing that is given, unless it will not do', async () => {
    const screen = open('create-superuser', '--email', ADMIN, '--username', 'given');
    await screen.reads('Error: That e-mail address is already taken.');
    await screen.reads('E-mail address:');
    screen.types('given@example.org');
    await answer(screen, 'one sentence for all', 'one sentence for all');
    await screen.reads('Superuser created successfully.');
    expect(await screen.code()).toBe(0);
    expect(screen.text).not.toContain('Username');
    const { status, body } = await login('given', 'one sentence for all');
    expect([status, body.user?.email]).toEqual([200, 'given@example.org']);
  });

  test('--if-missing needs no terminal to find that none is missing', async () => {
    const { code, stdout, stderr } = await manage('create-superuser', '--if-missing');
    expect([code, stdout, stderr]).toEqual([0, 'There is a superuser already.\n', '']);
  });

  test('ends with 1 and without a trace of its insides on Ctrl-C', async () => {
    const screen = open('create-superuser');
    await screen.reads('E-mail address:');
    screen.presses(CTRL_C);
    expect(await screen.code()).toBe(1);
    expect(screen.text).toMatch(/Error: Operation cancelled\.\s*$/);
    expect(screen.text).not.toMatch(/^\s+at /m);
  });

  test('says what to do where nobody can be asked', async () => {
    const { code, stdout, stderr } = await manage('create-superuser');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^Error: There is no terminal[^\n]+--noinput[^\n]+SUPERUSER_PASSWORD.*\n$/,
    );
  });
});

describe('change-password', () => {
  const changed = 'a wholly different sentence';

  test('asks twice, signs out everywhere, and lets the owner know', async () => {
    const ada = await makeMember('ada@example.org', 'ada');
    const screen = open('change-password', 'ADA');
    await screen.reads("Changing password for user 'ada'");
    await answer(screen, '12345678', '12345678');
    await screen.reads('This password is too common.');
    await screen.reads('This password must not be all digits.');
    await answer(screen, changed, changed);
    await screen.reads("Password changed successfully for user 'ada'");
    expect(await screen.code()).toBe(0);
    expect(screen.text).not.toContain(changed);
    expect((await ada.get('auth/me')).status).toBe(401);
    expect((await login('ada')).status).toBe(401);
    expect((await login('ada', changed)).status).toBe(200);
    expect(await eventsOf('ada@example.org', 'password.changed')).toMatchObject([{ actor: null }]);
    const mail = await until(async () => {
      const mails = await mailsTo(settings['DATA_DIR'] ?? '', 'ada@example.org');
      return mails.find(({ subject }) => subject === 'Your Videoflix password was changed');
    });
    expect(mail.text).toContain('was changed');
  });

  test('gives up after three attempts', async () => {
    await makeMember('bob@example.org');
    const screen = open('change-password', 'bob@example.org');
    await answer(screen, changed, 'another one');
    await screen.reads("Error: Your passwords didn't match.");
    await answer(screen, '', '');
    await screen.reads("Error: Blank passwords aren't allowed.");
    await answer(screen, 'bob@example', 'bob@example');
    await screen.reads('This password is too similar to the e-mail address.');
    await screen.reads(
      "Error: Aborting password change for user 'bob@example.org' after 3 attempts",
    );
    expect(await screen.code()).toBe(1);
    expect((await login('bob@example.org')).status).toBe(200);
  });

  test('takes the password from standard input when it is told to', async () => {
    await makeMember('carol@example.org', 'carol');
    const { code, stdout, stderr } = await manageWith(`${changed}\n`, 'carol', '--stdin');
    expect([code, stdout, stderr]).toEqual([
      0,
      "Password changed successfully for user 'carol'\n",
      '',
    ]);
    expect((await login('carol', changed)).status).toBe(200);
  });

  test.each([
    ['nothing', '', /Blank passwords/],
    ['a common password', 'password\n', /is too common/],
    ['a password nobody could sign in with', `${'a1'.repeat(150)}\n`, /at most 256/],
  ])('refuses %s on standard input', async (_, input, reason) => {
    const { code, stdout, stderr } = await manageWith(input, ADMIN, '--stdin');
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/^Error: [^\n]+\n$/)]);
    expect(stderr).toMatch(reason);
    expect((await login(ADMIN)).status).toBe(200);
  });

  test('says what to do where nobody can be asked', async () => {
    const { code, stdout, stderr } = await manage('change-password', ADMIN);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: There is no terminal[^\n]+--stdin.*\n$/);
  });

  function manageWith(input: string, ...args: string[]): Promise<Ended> {
    return runCommand(['change-password', ...args], settings, input);
  }
});

describe('unlock', () => {
  test('lets somebody sign in who has tried too often', async () => {
    await makeMember('dan@example.org', 'dan');
    for (let attempt = 0; attempt < 5; attempt++) await login('dan', 'a wrong password');
    expect((await login('dan')).status).toBe(429);
    const { code, stdout, stderr } = await manage('unlock', 'dan@example.org');
    expect([code, stdout, stderr]).toEqual([
      0,
      "Failed sign-ins of user 'dan' are forgotten.\n",
      '',
    ]);
    expect((await login('dan')).status).toBe(200);
    expect(await eventsOf('dan@example.org', 'sign_in.unlocked')).toMatchObject([{ actor: null }]);
  });
});

describe('list-sessions', () => {
  test('shows who is signed in where', async () => {
    await makeMember('eve@example.org', 'eve');
    const { code, stdout, stderr } = await manage('list-sessions');
    expect([code, stderr]).toEqual([0, '']);
    const [headings, ...rows] = stdout.trimEnd().split('\n');
    expect(headings).toMatch(/^ID +USER +DEVICE +ADDRESS +SIGNED IN +LAST SEEN +EXPIRES$/);
    expect(rows.length).toBeGreaterThan(1);
    const minute = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d`;
    const row = new RegExp(`^[0-9a-f-]{36} +eve +.*127\\.0\\.0\\.1 +(${minute} *){3}$`);
    expect(rows.filter((line) => row.test(line))).toHaveLength(1);
  });

  test('shows those of one user, also as JSON, and says so when there are none', async () => {
    const fay = await makeMember('fay@example.org', 'fay');
    const { stdout: table } = await manage('list-sessions', 'FAY@example.org');
    expect(table.trimEnd().split('\n')).toHaveLength(2);
    const { stdout: json } = await manage('list-sessions', 'fay', '--json');
    expect(JSON.parse(json)).toEqual([
      {
        id: expect.any(String),
        user: { id: expect.any(String), email: 'fay@example.org', username: 'fay' },
        device: expect.any(String),
        address: '127.0.0.1',
        created_at: expect.any(String),
        last_seen_at: expect.any(String),
        expires_at: expect.any(String),
      },
    ]);
    await fay.post('auth/logout', {});
    expect((await manage('list-sessions', 'fay')).stdout).toBe('There are no open sessions.\n');
    expect((await manage('list-sessions', 'fay', '--json')).stdout).toBe('[]\n');
  });
});

test('clear-expired tells in one line what it did', async () => {
  const { code, stdout, stderr } = await manage('clear-expired');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^[^\n]+\n$/);
});

test('reset-second-factor lets in who has only the password left', async () => {
  const gil = await makeMember('gil@example.org', 'gil');
  const { body } = await gil.post('auth/2fa/totp', { password: PASSWORD });
  const totp = new TOTP({ secret: Secret.fromBase32(body.secret) });
  expect((await gil.post('auth/2fa/totp/confirm', { code: totp.generate() })).status).toBe(200);
  expect((await login('gil')).body.code).toBe('auth.second_factor_required');
  const { code, stdout, stderr } = await manage('reset-second-factor', 'gil');
  expect([code, stdout, stderr]).toEqual([
    0,
    "User 'gil' signs in with the password alone now.\n",
    '',
  ]);
  expect((await login('gil')).status).toBe(200);
  expect(await eventsOf('gil@example.org', 'second_factor.disabled')).toMatchObject([
    { actor: null },
  ]);
});

test.each([['change-password', '--stdin'], ['unlock'], ['list-sessions'], ['reset-second-factor']])(
  '%s does not know everybody',
  async (command, ...options) => {
    const { code, stdout, stderr } = await runCommand(
      [command, 'nobody', ...options],
      settings,
      'a wholly different sentence\n',
    );
    const reason = "Error: There is no user with the e-mail address or username 'nobody'.\n";
    expect([code, stdout, stderr]).toEqual([1, '', reason]);
  },
);

/** The command on a terminal. */
function open(...args: string[]): Terminal {
  terminal = new Terminal([process.execPath, CLI, ...args], settings);
  return terminal;
}

/** Types a password and its repetition where they are asked for. */
async function answer(screen: Terminal, password: string, repeated: string): Promise<void> {
  await screen.reads('Password:');
  screen.types(password);
  await screen.reads('Password (again):');
  screen.types(repeated);
}

function manage(...args: string[]): Promise<Ended> {
  return runCommand(args, settings);
}

function login(email: string, password = PASSWORD): Promise<Answer> {
  return new Client(server.origin).post('auth/login', { email, password });
}

async function signedIn(email: string): Promise<Client> {
  return new Client(server.origin, (await login(email)).body.access_token);
}

/** Somebody with an account, signed in once. */
async function makeMember(email: string, username?: string): Promise<Client> {
  const account = { email, password: PASSWORD, ...(username ? { username } : {}) };
  await new Client(server.origin).post('auth/register', account);
  await admin.send('PATCH', `admin/users/${await idOf(email)}`, { is_active: true });
  return signedIn(email);
}

async function idOf(email: string): Promise<string> {
  const { body } = await admin.get(`admin/users?search=${encodeURIComponent(email)}`);
  return body.users[0].id as string;
}

async function eventsOf(email: string, action: string): Promise<object[]> {
  const query = new URLSearchParams({ user_id: await idOf(email), action });
  return (await admin.get(`admin/audit-events?${query.toString()}`)).body.audit_events as object[];
}

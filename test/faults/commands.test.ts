import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { SETTING_NAMES } from '../../src/config/settings.js';
import { Client } from '../support/client.js';
import {
  freePort,
  makeFolder,
  manage,
  processesAt,
  processesSaying,
  ServerProcess,
  type Ended,
} from '../support/server.js';
import { Terminal } from '../support/terminal.js';
import { until } from '../support/until.js';

const COMMANDS = [
  'check',
  'create-superuser',
  'export-video-data',
  'load-fixtures',
  'migrate',
] as const;
const PASSWORD = 'correct horse battery staple';
const CTRL_C = '\u0003';
const CTRL_U = '\u0015';

let folder: string;

beforeAll(() => {
  folder = makeFolder();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the command line', () => {
  test('lists its commands and explains each', async () => {
    const { code, stdout, stderr } = await manage(['--help'], {});
    expect([code, stderr]).toEqual([0, '']);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${name} .*\\w`, 'm'));
    const helps = await Promise.all(COMMANDS.map((name) => manage([name, '--help'], {})));
    for (const [index, help] of helps.entries()) {
      expect([help.code, help.stderr]).toEqual([0, '']);
      expect(help.stdout).toContain(`Usage: npm run manage -- ${COMMANDS[index]}`);
    }
  });

  test('ends with 1 and an explanation where it does not understand', async () => {
    const attempts = await Promise.all(
      [[], ['no-such-command'], ['migrate', '--no-such-option'], ['migrate', 'too', 'much']].map(
        (args) => manage(args, {}),
      ),
    );
    for (const { code, stdout, stderr } of attempts) {
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain('Usage: npm run manage --');
    }
    expect(attempts[1]?.stderr).toContain("unknown command 'no-such-command'");
  });

  test('tells a wrong setting in one sentence', async () => {
    const wrong = { DATA_DIR: path.join(folder, 'unused'), PORT: 'abc' };
    const { code, stdout, stderr } = await manage(['export-video-data'], wrong);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Error: PORT: [^\n]+\n$/);
    expect(existsSync(wrong.DATA_DIR)).toBe(false);
  });
});

describe('on a new installation', () => {
  let settings: Record<string, string>;

  beforeAll(() => {
    settings = { DATA_DIR: path.join(folder, 'alone') };
  });

  test('migrate makes the database, and finds nothing to do the second time', async () => {
    const first = await manage(['migrate'], settings);
    expect(first).toEqual({ code: 0, stdout: expect.stringMatching(/^Applied \w+\n/), stderr: '' });
    const second = await manage(['migrate'], settings);
    expect(second).toEqual({ code: 0, stdout: 'No migrations to apply.\n', stderr: '' });
  });

  test('check finds everything in order', async () => {
    const { code, stdout, stderr } = await manage(['check'], settings);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    for (const line of lines) expect(line).toMatch(/^ok {3}\w+ +\S/);
    expect(lines.map((line) => line.split(/\s+/)[1])).toEqual([
      ...SETTING_NAMES,
      'database',
      'queue',
      'storage',
      'ffmpeg',
    ]);
  });

  test('check marks a wrong setting', async () => {
    const { code, stdout, stderr } = await manage(['check'], { ...settings, PORT: 'abc' });
    expect([code, stderr]).toEqual([1, 'Error: Some settings are wrong.\n']);
    expect(linesOf(stdout, 'FAIL')).toEqual([expect.stringMatching(/^FAIL PORT +is not a whole/)]);
    expect(linesOf(stdout, 'ok  ')).toHaveLength(SETTING_NAMES.length - 1);
  });

  test('check marks a part that does not work, and shows no secret', async () => {
    const { code, stdout, stderr } = await manage(['check'], {
      ...settings,
      FFMPEG_PATH: '/nonexistent',
      ADMIN_PASSWORD: PASSWORD,
    });
    expect([code, stderr]).toEqual([1, 'Error: 1 of 4 parts do not work.\n']);
    expect(linesOf(stdout, 'FAIL')).toEqual([expect.stringMatching(/^FAIL ffmpeg .*nonexistent/)]);
    expect(stdout).toMatch(/^ok {3}ADMIN_PASSWORD +set \(not shown\)$/m);
    expect(stdout).not.toContain(PASSWORD);
  });

  test('create-superuser --if-missing makes the first one and no second', async () => {
    const create = (email: string) =>
      manage(['create-superuser', '--noinput', '--if-missing', '--email', email], {
        ...settings,
        SUPERUSER_PASSWORD: PASSWORD,
      });
    expect((await create('first@example.org')).stdout).toBe('Superuser created successfully.\n');
    const again = await create('second@example.org');
    expect([again.code, again.stdout]).toEqual([0, 'There is a superuser already.\n']);
  });

  test('nothing stays behind when a command has ended', () => {
    expect(processesAt(settings['DATA_DIR'] ?? '')).toEqual([]);
  });
});

describe('beside a running server', () => {
  let settings: Record<string, string>;
  let server: ServerProcess;

  beforeAll(async () => {
    settings = { DATA_DIR: path.join(folder, 'shared') };
    server = new ServerProcess({ ...settings, PORT: await freePort() });
    await server.listening();
  });
  afterAll(() => server.stop());

  describe('create-superuser --noinput', () => {
    test('makes an administrator who can sign in at once', async () => {
      const { code, stdout, stderr } = await create('boss@example.org');
      expect([code, stdout, stderr]).toEqual([0, 'Superuser created successfully.\n', '']);
      const { status, body } = await login('Boss@example.org', PASSWORD);
      expect([status, body.user.role]).toEqual([200, 'superuser']);
    });

    test('never has the password among the arguments of a process', async () => {
      const secret = 'only-in-the-environment';
      const running = create('quiet@example.org', secret);
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
      const asArgument = ['--password', secret];
      const refused = await manage(['create-superuser', '--noinput', ...asArgument], settings);
      expect([refused.code, refused.stderr]).toEqual([
        1,
        expect.stringContaining('unknown option'),
      ]);
    });

    test.each<[string, string[], Record<string, string>, RegExp]>([
      ['without --email', [], { SUPERUSER_PASSWORD: PASSWORD }, /--email/],
      ['without a password', ['--email', 'a@example.org'], {}, /SUPERUSER_PASSWORD/],
      [
        'with a weak password',
        ['--email', 'a@example.org'],
        { SUPERUSER_PASSWORD: '1234567' },
        /SUPERUSER_PASSWORD: must have at least 8 characters/,
      ],
      [
        'with a wrong address',
        ['--email', 'somebody'],
        { SUPERUSER_PASSWORD: PASSWORD },
        /--email: .*e-mail/,
      ],
      [
        'with a taken address, whatever its case',
        ['--email', 'ADMIN@localhost.localdomain'],
        { SUPERUSER_PASSWORD: PASSWORD },
        /already taken/,
      ],
    ])('%s says what is missing', async (_, args, given, reason) => {
      const command = ['create-superuser', '--noinput', ...args];
      const { code, stdout, stderr } = await manage(command, { ...settings, ...given });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^Error: [^\n]+\n$/);
      expect(stderr).toMatch(reason);
    });

    async function create(email: string, password = PASSWORD): Promise<Ended> {
      return manage(['create-superuser', '--noinput', '--email', email], {
        ...settings,
        SUPERUSER_PASSWORD: password,
      });
    }
  });

  describe('create-superuser', () => {
    let terminal: Terminal;

    beforeEach(() => {
      const cli = path.resolve('dist/src/cli/main.js');
      terminal = new Terminal([process.execPath, cli, 'create-superuser'], settings);
    });
    afterEach(() => terminal.kill());

    test('asks for what it needs, and again when the answers do not fit', async () => {
      const password = 'typed and never shown';
      await terminal.reads('E-mail address:');
      terminal.types('nobody');
      await terminal.reads('Enter a valid e-mail address.');
      terminal.types(`${CTRL_U}admin@localhost.localdomain`);
      await terminal.reads('That e-mail address is already taken.');
      terminal.types(`${CTRL_U}typed@example.org`);
      await terminal.reads('Password:');
      terminal.types('short');
      await terminal.reads('must have at least 8 characters');
      terminal.types(`${CTRL_U}${password}`);
      await terminal.reads('Password (again):');
      terminal.types('something else');
      await terminal.reads("Error: Your passwords didn't match.");
      await terminal.reads('Password:');
      terminal.types(password);
      await terminal.reads('Password (again):');
      expect(processesSaying(password)).toEqual([]);
      terminal.types(password);
      await terminal.reads('Superuser created successfully.');
      expect(await terminal.code()).toBe(0);
      expect(terminal.text).not.toContain(password);
      const { status, body } = await login('typed@example.org', password);
      expect([status, body.user?.role]).toEqual([200, 'superuser']);
    });

    test('ends with 1 and without a trace of its insides on Ctrl-C', async () => {
      await terminal.reads('E-mail address:');
      terminal.presses(CTRL_C);
      expect(await terminal.code()).toBe(1);
      expect(terminal.text).toMatch(/Error: [^\n]+/);
      expect(terminal.text).not.toMatch(/^\s+at /m);
    });
  });

  test('create-superuser says what to do where nobody can be asked', async () => {
    const { code, stdout, stderr } = await manage(['create-superuser'], settings);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^Error: There is no terminal[^\n]+--noinput[^\n]+SUPERUSER_PASSWORD.*\n$/,
    );
  });

  test('export-video-data prints the path of a whole file that only its owner may read', async () => {
    const { code, stdout, stderr } = await manage(['export-video-data'], settings);
    expect([code, stderr]).toEqual([0, '']);
    const file = stdout.trimEnd();
    const exports = path.join(settings['DATA_DIR'] ?? '', 'exports');
    expect(path.dirname(file)).toBe(exports);
    expect(path.basename(file)).toMatch(/^video_data_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.json$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(exports)).toEqual([path.basename(file)]);
    expect(emailsIn(readFileSync(file, 'utf8'))).toContain('admin@localhost.localdomain');
  });

  test('export-video-data --output - prints the document and nothing else', async () => {
    const command = ['export-video-data', '--output', '-'];
    const { code, stdout, stderr } = await manage(command, settings);
    expect([code, stderr]).toEqual([0, '']);
    expect(emailsIn(stdout)).toContain('admin@localhost.localdomain');
    expect(stdout).not.toMatch(/password|argon2/);
    const { stdout: withSecrets } = await manage([...command, '--with-secrets'], settings);
    expect(withSecrets).toMatch(/"password_hash":"\$argon2id/);
  });

  test('export-video-data --output writes where it is told to', async () => {
    const file = path.join(folder, 'deep', 'er', 'export.json');
    const { stdout } = await manage(['export-video-data', '--output', file], settings);
    expect(stdout).toBe(`${file}\n`);
    expect(emailsIn(readFileSync(file, 'utf8'))).toContain('admin@localhost.localdomain');
    const nowhere = path.join(file, 'below-a-file.json');
    const failed = await manage(['export-video-data', '--output', nowhere], settings);
    expect([failed.code, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toMatch(/^Error: [^\n]*export\.json[^\n]*\n$/);
  });

  test('migrate and check work as well, and the server goes on', async () => {
    const migrated = await manage(['migrate'], settings);
    expect([migrated.code, migrated.stdout]).toEqual([0, 'No migrations to apply.\n']);
    const checked = await manage(['check'], settings);
    expect([checked.code, linesOf(checked.stdout, 'FAIL')]).toEqual([0, []]);
    expect((await new Client(server.origin).get('/readyz')).status).toBe(200);
  });

  test('load-fixtures brings the demo catalogue, once however often it is called', async () => {
    const first = await manage(['load-fixtures'], settings);
    expect([first.code, first.stderr]).toEqual([0, '']);
    expect(first.stdout).toMatch(/^Loaded \d+ genres, \d+ users and \d+ titles\.\n$/);
    const { body: before } = await signedIn().then((admin) => admin.get('genres'));
    expect(before.genres.length).toBeGreaterThan(0);
    expect((await manage(['load-fixtures'], settings)).code).toBe(0);
    const { body: after } = await signedIn().then((admin) => admin.get('genres'));
    expect(after.genres.length).toBe(before.genres.length);
  });

  function login(email: string, password: string) {
    return new Client(server.origin).post('auth/login', { email, password });
  }

  async function signedIn(): Promise<Client> {
    const { body } = await new Client(server.origin).post('auth/demo');
    return new Client(server.origin, body.access_token);
  }
});

function linesOf(output: string, start: string): string[] {
  return output.split('\n').filter((line) => line.startsWith(`${start} `));
}

function emailsIn(document: string): string[] {
  const { users } = JSON.parse(document) as { users: { email: string }[] };
  return users.map(({ email }) => email);
}

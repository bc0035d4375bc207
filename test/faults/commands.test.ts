import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { SETTING_NAMES } from '../../src/config/settings.js';
import { Client } from '../support/client.js';
import { freePort, makeFolder, manage, processesAt, ServerProcess } from '../support/server.js';

const COMMANDS = [
  'change-password',
  'check',
  'clear-expired',
  'create-service-key',
  'create-superuser',
  'export-video-data',
  'list-service-keys',
  'list-sessions',
  'load-fixtures',
  'migrate',
  'move-storage',
  'prune',
  'reset-second-factor',
  'revoke-service-key',
  'send-test-mail',
  'storage-usage',
  'unlock',
] as const;
const PASSWORD = 'correct horse battery staple';

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

import { MediaTokens } from '../../src/common/media-token.js';
import type { Problem } from '../../src/common/problem.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { MEDIA_KINDS, mediaPaths, type MediaKind } from '../support/media-kinds.js';
import { makePerson, type Person } from '../support/people.js';
import { startStorage, type TestStorage } from '../support/storages.js';

/**
 * Who may have the bytes of a video. Every kind of byte has this table, and the API's answer to whoever
 * has an account too: there is one rule.
 */
const TABLE = `
                        | PUBLIC | UNLISTED | PRIVATE | deleted
nobody                  | 401    | 401      | 401     | 401
a forged token          | 401    | 401      | 401     | 401
an expired token        | 401    | 401      | 401     | 401
a token of another film | 404    | 404      | 404     | 404
a deactivated account   | 404    | 404      | 404     | 404
an account that is gone | 404    | 404      | 404     | 404
a demo guest            | 200    | 200      | 404     | 404
another viewer          | 200    | 200      | 404     | 404
the owner               | 200    | 200      | 200     | 404
staff                   | 200    | 200      | 200     | 404
a superuser             | 200    | 200      | 200     | 404
`;

/** What the API says to those with an account: whoever may have the bytes gets links, nobody else does. */
const API_TABLE = `
                        | PUBLIC | UNLISTED | PRIVATE | deleted
nobody                  | 401    | 401      | 401     | 401
a deactivated account   | 401    | 401      | 401     | 401
a demo guest            | 200    | 200      | 404     | 404
another viewer          | 200    | 200      | 404     | 404
the owner               | 200    | 200      | 200     | 404
staff                   | 200    | 200      | 200     | 404
a superuser             | 200    | 200      | 200     | 404
`;

const STATES = ['PUBLIC', 'UNLISTED', 'PRIVATE', 'deleted'] as const;

describe.each([
  ['a disk', 'disk', {}],
  ['S3, through the server', 's3', {}],
  ['S3, by redirects', 's3', { MEDIA_DELIVERY: 'redirect' }],
] as const)('who may have the bytes of a video on %s', (_, kind, settings) => {
  let storage: TestStorage;
  let app: TestApp;
  let people: Record<string, Person>;
  let tokens: Record<string, string>;
  let film: string;
  let paths: Record<MediaKind, string>;

  beforeAll(async () => {
    storage = await startStorage(kind);
    app = await startApp({ ENCODE_LADDER: '90', ...storage.settings, ...settings });
    const person = (user = {}) => makePerson(app, user);
    people = {
      'a deactivated account': await person(),
      'a demo guest': await person({ isDemo: true }),
      'another viewer': await person(),
      'the owner': await person(),
      staff: await person({ role: 'staff' }),
      'a superuser': await person({ role: 'superuser' }),
    };
    const owner = people['the owner']?.client ?? new Client(app.origin);
    film = await owner.uploadVideo(await clip('twoSubtitles'));
    const other = await owner.uploadVideo(await clip('silent'));
    for (const id of [film, other]) {
      expect(await owner.settled(id)).toMatchObject({ status: 'ready', error: null });
    }
    paths = await mediaPaths(owner, film);
    const inactive = 'UPDATE users SET is_active = false WHERE id = $1';
    await query(app.databaseUrl, inactive, [people['a deactivated account']?.id]);
    tokens = tokensFor(other);
  }, 180_000);

  afterAll(async () => {
    await app.close();
    await storage.stop();
  });

  /** One for every viewer, whether or not the API would have given it to them. */
  function tokensFor(other: string): Record<string, string> {
    const signer = app.app.get(MediaTokens, { strict: false });
    const sign = (viewerId = '', videoId = film, expiresAt?: Date) => {
      const grant = signer.grant(videoId, viewerId);
      return signer.sign({ ...grant, expiresAt: expiresAt ?? grant.expiresAt });
    };
    const owner = people['the owner']?.id;
    const good = Buffer.from(sign(owner), 'base64url');
    good.writeUInt8((good.at(-1) ?? 0) ^ 1, good.length - 1);
    const ofPeople = Object.entries(people).map(([name, { id }]) => [name, sign(id)] as const);
    return {
      nobody: 'none',
      'a forged token': good.toString('base64url'),
      'an expired token': sign(owner, film, new Date(Date.now() - 1000)),
      'a token of another film': sign(owner, other),
      'an account that is gone': sign('00000000-0000-4000-8000-000000000000'),
      ...Object.fromEntries(ofPeople),
    };
  }

  /** Makes the video what a column says; the next request already has to know. */
  async function become(state: (typeof STATES)[number]): Promise<void> {
    const [visibility, deleted] = state === 'deleted' ? ['PUBLIC', 'now()'] : [state, 'NULL'];
    const sql = `UPDATE videos SET visibility = $2, deleted_at = ${deleted} WHERE id = $1`;
    await query(app.databaseUrl, sql, [film, visibility]);
  }

  /** Asks as a player does: with nothing but the link. */
  async function ask(token: string, path: string, method: string): Promise<string> {
    const url = `${app.origin}/media/${token}/${path}`;
    const response = await fetch(url, { method });
    const { status, headers } = response;
    const bytes = await response.arrayBuffer();
    if (status === 200) {
      return method === 'HEAD' || bytes.byteLength > 0 ? '200' : '200 and nothing';
    }
    // Nobody may keep a refusal for longer than it is true.
    const isKept = /max-age=[1-9]/.test(headers.get('cache-control') ?? '');
    return `${status}${isKept ? ' and kept' : ''}`;
  }

  async function table(
    rows: readonly string[],
    answer: (row: string) => Promise<string>,
  ): Promise<string> {
    const answers: Record<string, string[]> = Object.fromEntries(rows.map((row) => [row, []]));
    for (const state of STATES) {
      await become(state);
      for (const row of rows) answers[row]?.push(await answer(row));
    }
    const widths = STATES.map((state) => state.length);
    const line = (head: string, cells: readonly string[]) =>
      [head.padEnd(23), ...cells.map((cell, at) => cell.padEnd(widths[at] ?? 0))]
        .join(' | ')
        .trimEnd();
    const lines = rows.map((row) => line(row, answers[row] ?? []));
    return `\n${[line('', STATES), ...lines].join('\n')}\n`;
  }

  const rowsOf = (text: string) =>
    text
      .split('\n')
      .slice(2, -1)
      .map((line) => line.split('|')[0]?.trim() ?? '');

  test.each(MEDIA_KINDS)('%s', async (name) => {
    const answer = (row: string) => ask(tokens[row] ?? '', paths[name], 'GET');
    expect(await table(rowsOf(TABLE), answer)).toBe(TABLE);
  });

  test('a question for the head alone', async () => {
    const answer = (row: string) => ask(tokens[row] ?? '', paths.segment, 'HEAD');
    expect(await table(rowsOf(TABLE), answer)).toBe(TABLE);
  });

  test('the API', async () => {
    const answer = async (row: string) => {
      const client = people[row]?.client ?? new Client(app.origin);
      return String((await client.get(`videos/${film}/playback`)).status);
    };
    expect(await table(rowsOf(API_TABLE), answer)).toBe(API_TABLE);
  });

  test('says why, in a word for programs', async () => {
    await become('PRIVATE');
    const codes = await Promise.all(
      ['a forged token', 'an expired token', 'another viewer'].map(async (row) => {
        const response = await fetch(`${app.origin}/media/${tokens[row]}/${paths.segment}`);
        return ((await response.json()) as Problem).code;
      }),
    );
    expect(codes).toEqual(['media.invalid_token', 'media.expired_token', 'media.not_found']);
  });

  test('a proxy is told the same, in the codes that nginx knows', async () => {
    await become('PRIVATE');
    const answers = await Promise.all(
      ['nobody', 'an expired token', 'another viewer', 'the owner'].map(async (row) => {
        return (await fetch(`${app.origin}/media/${tokens[row]}`)).status;
      }),
    );
    expect(answers).toEqual([401, 401, 403, 204]);
  });
});

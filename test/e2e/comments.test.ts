import { randomUUID } from 'node:crypto';
import type { Problem } from '../../src/common/problem.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { query } from '../support/database.js';
import { makeFilm, type Film } from '../support/films.js';
import { makePerson, type Person } from '../support/people.js';

let ground: Ground;
let open: TestApp;
let moderated: TestApp;
let closed: TestApp;
let owner: Person;
let staff: Person;
let guest: Person;

beforeAll(async () => {
  ground = await createGround();
  open = await startAppOn(ground);
  moderated = await startAppOn(ground, { ROLES: 'api', COMMENTS: 'moderated' });
  closed = await startAppOn(ground, { ROLES: 'api', COMMENTS: 'off' });
  owner = await makePerson(open, { name: 'Olga Owner' });
  staff = await makePerson(open, { role: 'staff' });
  guest = await makePerson(open, { isDemo: true });
});
afterAll(async () => {
  for (const app of [closed, moderated, open]) await app.close();
  await ground.remove();
});

interface Comment {
  id: string;
  text: string;
  status: string;
  author: { name: string } | null;
  is_mine: boolean;
  edited_at: string | null;
}

const film = (of: Film = {}) => makeFilm(open, owner, of);
/** Everybody speaks for the first time, so that nobody has to wait. */
const somebody = (name = 'Somebody') => makePerson(open, { name });
const on = ({ client, ...person }: Person, { origin }: TestApp): Person => ({
  ...person,
  client: new Client(origin, client.token),
});
const say = ({ client }: Person, id: string, text: unknown) =>
  client.post(`videos/${id}/comments`, { text });

async function said(person: Person, id: string, text = 'What a film!'): Promise<Comment> {
  const { status, body } = await say(person, id, text);
  expect(status).toBe(201);
  return body as Comment;
}

async function readBy({ client }: Person, id: string, asked = ''): Promise<Comment[]> {
  const { status, body } = await client.get(`videos/${id}/comments${asked}`);
  expect(status).toBe(200);
  return (body as { comments: Comment[] }).comments;
}

const textsFor = async (person: Person, id: string) =>
  (await readBy(person, id)).map(({ text }) => text);

const codeOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  (body as Problem).code,
];

describe('comments', () => {
  test('are read by everybody, the newest first, page by page', async () => {
    const id = await film();
    const [anna, ben] = [await somebody('Anna'), await somebody('Ben')];
    const first = await said(anna, id, '  <b>Hello</b>,\r\n“wörld” 👋🏽 ');
    expect(first).toMatchObject({
      ...{ text: '<b>Hello</b>,\n“wörld” 👋🏽', status: 'published', is_mine: true },
      ...{ author: { id: anna.id, name: 'Anna' }, edited_at: null },
    });
    await said(ben, id, 'second');
    await said(anna, id, 'third');
    expect(await textsFor(owner, id)).toEqual(['third', 'second', first.text]);
    expect(await readBy(ben, id, '?page=2&page_size=2')).toMatchObject([
      { id: first.id, is_mine: false },
    ]);
    const { body } = await ben.client.get(`videos/${id}/comments?page_size=2`);
    expect(body).toMatchObject({ total_count: 3, total_pages: 2, has_more: true });
  });

  test.each([
    ['nothing', ''],
    ['blanks', ' \n\t '],
    ['nothing that can be seen', '\u200b\u2060'],
    ['2001 characters', 'x'.repeat(2001)],
    ['a NUL', 'a\u0000b'],
    ['an escape', 'a\u001b[31mb'],
    ['half a character', 'a\ud83d'],
    ['a number', 7],
    ['no text', undefined],
  ])('of %s are refused', async (_, text) => {
    const { status, body } = await say(await somebody(), await film(), text);
    const { code, errors } = body as Problem;
    expect([status, code, errors?.[0]?.field]).toEqual([400, 'request.invalid', 'text']);
  });

  test('may have 2000 characters, whatever these are', async () => {
    const text = '🎬'.repeat(2000);
    expect((await said(await somebody(), await film(), text)).text).toBe(text);
  });

  test('are changed by their authors alone', async () => {
    const [id, anna, ben] = [await film(), await somebody(), await somebody()];
    const { id: commentId } = await said(anna, id);
    const address = `videos/${id}/comments/${commentId}`;
    const changed = await anna.client.send('PATCH', address, { text: 'On second thought…' });
    expect([changed.status, changed.body]).toMatchObject([
      200,
      { text: 'On second thought…', edited_at: expect.any(String) as string },
    ]);
    for (const person of [ben, owner, staff]) {
      const answer = await person.client.send('PATCH', address, { text: 'Mine now' });
      expect(codeOf(answer)).toEqual([403, 'auth.forbidden']);
    }
    expect((await anna.client.send('PATCH', address, { text: '' })).status).toBe(400);
    expect(await textsFor(ben, id)).toEqual(['On second thought…']);
  });

  test('are deleted by their authors, the owner of the video, and staff', async () => {
    const [id, anna, ben] = [await film(), await somebody(), await somebody()];
    for (const person of [anna, owner, staff]) {
      const { id: commentId } = await said(anna, id);
      const address = `videos/${id}/comments/${commentId}`;
      expect(codeOf(await ben.client.send('DELETE', address))).toEqual([403, 'auth.forbidden']);
      expect((await person.client.send('DELETE', address)).status).toBe(204);
      expect(codeOf(await person.client.send('DELETE', address))).toEqual([
        404,
        'comment.not_found',
      ]);
    }
    expect(await textsFor(ben, id)).toEqual([]);
    const events = await query<{ actor_id: string }>(
      open.databaseUrl,
      `SELECT actor_id FROM audit_events WHERE action = 'comment.deleted' AND subject_id = $1
       ORDER BY id`,
      [id],
    );
    expect(events.map(({ actor_id }) => actor_id)).toEqual([owner.id, staff.id]);
  });

  test('are hidden and shown again by the owner and staff, which the audit log has', async () => {
    const [id, anna, ben] = [await film(), await somebody(), await somebody()];
    const { id: commentId } = await said(anna, id, 'Spoiler!');
    const put = ({ client }: Person, status: string) =>
      client.send('PUT', `videos/${id}/comments/${commentId}/status`, { status });
    expect(codeOf(await put(ben, 'hidden'))).toEqual([403, 'auth.forbidden']);
    expect(codeOf(await put(anna, 'hidden'))).toEqual([403, 'auth.forbidden']);
    expect(codeOf(await put(owner, 'waiting'))).toEqual([400, 'request.invalid']);
    expect((await put(owner, 'hidden')).body).toMatchObject({ status: 'hidden' });
    expect(await textsFor(ben, id)).toEqual([]);
    for (const person of [anna, owner, staff]) {
      expect(await readBy(person, id)).toMatchObject([{ id: commentId, status: 'hidden' }]);
    }
    expect(codeOf(await put(ben, 'published'))).toEqual([404, 'comment.not_found']);
    const edited = await anna.client.send('PATCH', `videos/${id}/comments/${commentId}`, {
      text: 'Better?',
    });
    expect(edited.body).toMatchObject({ status: 'hidden' });
    for (let times = 0; times < 2; times += 1) {
      expect((await put(staff, 'published')).body).toMatchObject({ status: 'published' });
    }
    expect(await textsFor(ben, id)).toEqual(['Better?']);
    const events = await query(
      open.databaseUrl,
      `SELECT action, actor_id, details FROM audit_events WHERE subject_id = $1 ORDER BY id`,
      [id],
    );
    expect(events).toEqual([
      { action: 'comment.hidden', actor_id: owner.id, details: { comment_id: commentId } },
      { action: 'comment.published', actor_id: staff.id, details: { comment_id: commentId } },
    ]);
  });

  test('belong to what one may know of, and to their own video', async () => {
    const [hidden, other, ben] = [
      await film({ visibility: 'PRIVATE' }),
      await film(),
      await somebody(),
    ];
    const { id: commentId } = await said(owner, hidden);
    for (const unknown of [hidden, randomUUID()]) {
      const list = `videos/${unknown}/comments`;
      const answers = [
        await ben.client.get(list),
        await say(ben, unknown, 'Hello?'),
        await ben.client.send('PATCH', `${list}/${commentId}`, { text: 'Hello?' }),
        await ben.client.send('DELETE', `${list}/${commentId}`),
        await ben.client.send('PUT', `${list}/${commentId}/status`, { status: 'hidden' }),
      ];
      for (const answer of answers) expect(codeOf(answer)).toEqual([404, 'video.not_found']);
    }
    const misplaced = await staff.client.send('DELETE', `videos/${other}/comments/${commentId}`);
    expect(codeOf(misplaced)).toEqual([404, 'comment.not_found']);
    for (const address of [`videos/7/comments/${commentId}`, `videos/${other}/comments/7`]) {
      expect((await staff.client.send('DELETE', address)).status).toBe(400);
    }
    expect((await ben.client.get(`videos/${other}/comments?page_size=51`)).status).toBe(400);
  });

  test('of demo guests there are none, and they do not see other people', async () => {
    const id = await film();
    await said(await somebody(), id);
    expect(codeOf(await say(guest, id, 'Hello'))).toEqual([403, 'auth.forbidden']);
    expect(await readBy(guest, id)).toMatchObject([{ author: null, is_mine: false }]);
  });

  test('come five in a minute at most, and fifty in an hour, whatever the process', async () => {
    const [id, person] = [await film(), await somebody()];
    const both = [person, on(person, moderated)];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, at) => say(both[at % 2] ?? person, id, `No. ${at}`)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array<number>(5).fill(201),
      ...Array<number>(3).fill(429),
    ]);
    const refused = answers.find(({ status }) => status === 429);
    expect(codeOf(refused ?? { status: 0, body: {} })).toEqual([429, 'request.too_many']);
    const wait = Number(refused?.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    const soon = `UPDATE rate_limits SET expire = 0 WHERE key LIKE 'comments-minute%'`;
    for (let minute = 1; minute < 10; minute += 1) {
      await query(open.databaseUrl, soon);
      for (let times = 0; times < 5; times += 1) await said(person, id);
    }
    await query(open.databaseUrl, soon);
    const last = await say(person, id, 'The fifty-first');
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(60);
  });
});

describe('where comments are moderated', () => {
  test('they wait until the owner or staff let them through, and after every change again', async () => {
    await query(open.databaseUrl, 'DELETE FROM comments');
    const [id, anna, ben] = [await film(), await somebody(), await somebody()];
    const author = on(anna, moderated);
    const comment = await said(author, id, 'May I?');
    expect(comment.status).toBe('waiting');
    expect(await textsFor(on(ben, moderated), id)).toEqual([]);
    expect(await textsFor(author, id)).toEqual(['May I?']);
    const waiting = await staff.client.get('admin/comments');
    expect(waiting.body.comments).toMatchObject([
      { id: comment.id, video: { id, title: 'A film' }, status: 'waiting' },
    ]);
    const approve = `videos/${id}/comments/${comment.id}/status`;
    await owner.client.send('PUT', approve, { status: 'published' });
    expect(await textsFor(ben, id)).toEqual(['May I?']);
    expect((await staff.client.get('admin/comments')).body).toMatchObject({ total_count: 0 });
    await author.client.send('PATCH', `videos/${id}/comments/${comment.id}`, { text: 'Really?' });
    expect(await textsFor(ben, id)).toEqual([]);
    expect((await said(on(owner, moderated), id)).status).toBe('published');
  });

  test('only staff see what waits everywhere', async () => {
    expect((await owner.client.get('admin/comments')).status).toBe(403);
    expect((await staff.client.get('admin/comments?status=lost')).status).toBe(400);
    expect((await staff.client.get('admin/comments?status=hidden')).status).toBe(200);
  });
});

test('where comments are switched off, there are none, and none can be made', async () => {
  const [id, anna] = [await film(), await somebody()];
  const { id: commentId } = await said(anna, id);
  const silenced = on(anna, closed);
  expect(await readBy(silenced, id)).toEqual([]);
  expect(codeOf(await say(silenced, id, 'Hello?'))).toEqual([403, 'comment.switched_off']);
  const address = `videos/${id}/comments/${commentId}`;
  const changed = await silenced.client.send('PATCH', address, { text: 'Hello?' });
  expect(codeOf(changed)).toEqual([403, 'comment.switched_off']);
  expect((await silenced.client.send('DELETE', address)).status).toBe(204);
});

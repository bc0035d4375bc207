import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse, setOptions, types } from 'hls-parser';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import type { SubtitleDto } from '../../src/subtitles/subtitle.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, type Answer } from '../support/client.js';
import { clip } from '../support/clips.js';
import { filesBelow } from '../support/files.js';
import { makePerson } from '../support/people.js';
import { validCues } from '../support/webvtt.js';

const SRT =
  '1\n00:00:01,000 --> 00:00:02,000\nHé <i>là</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nB\n';
const VTT = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n';
const ASS =
  '[Events]\nFormat: Start, End, Text\nDialogue: 0:00:01.00,0:00:02.00,{\\i1}One{\\i0}\\NTwo\n';

let app: TestApp;
let anna: Client;
let ben: Client;
let staff: Client;
let demo: Client;
/** A film with subtitles of its own. */
let film: string;
/** A film without. */
let silent: string;

beforeAll(async () => {
  setOptions({ strictMode: true });
  app = await startApp({ ENCODE_LADDER: '90,180' });
  const client = async (user = {}) => (await makePerson(app, user)).client;
  [anna, ben, staff] = [await client(), await client(), await client({ role: 'staff' })];
  demo = await client({ isDemo: true });
  [film, silent] = [
    await anna.uploadVideo(await clip('twoSubtitles')),
    await anna.uploadVideo(await clip('silent')),
  ];
  for (const id of [film, silent]) {
    expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
  }
});

afterAll(() => app.close());

async function send(
  client: Client,
  id: string,
  content: string | Uint8Array<ArrayBuffer>,
  fields: Record<string, string> = { language: 'en' },
): Promise<Answer> {
  const form = new FormData();
  form.append('file', new Blob([content]), 'x.bin');
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return client.post(`videos/${id}/subtitles`, form);
}

async function listed(id: string, client = anna): Promise<SubtitleDto[]> {
  const { status, body } = await client.get(`videos/${id}/subtitles`);
  expect(status).toBe(200);
  return (body as { subtitles: SubtitleDto[] }).subtitles;
}

async function playbackOf(id: string): Promise<PlaybackDto> {
  return (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
}

async function text(url: string): Promise<string> {
  const response = await fetch(app.origin + url);
  expect(response.status).toBe(200);
  return response.text();
}

describe('the subtitles of a source', () => {
  test('are listed in the multivariant playlist and cover the film', async () => {
    const { hls_url } = await playbackOf(film);
    const master = parse(await text(hls_url)) as types.MasterPlaylist;
    const variants = master.variants.filter(({ isIFrameOnly }) => !isIFrameOnly);
    expect(variants).toHaveLength(2);
    for (const { subtitles } of variants) {
      expect(subtitles).toMatchObject([
        { language: 'en', name: 'English', autoselect: true, isDefault: false, forced: false },
        { language: 'de', name: 'Untertitel', autoselect: true, isDefault: false, forced: true },
      ]);
    }
    for (const { uri = '' } of variants[0]?.subtitles ?? []) {
      const list = parse(
        await text(path.posix.join(path.posix.dirname(hls_url), uri)),
      ) as types.MediaPlaylist;
      expect(list).toMatchObject({ playlistType: 'VOD', endlist: true });
      expect(list.segments.map(({ duration }) => Math.round(duration))).toEqual([4]);
    }
  });

  test('are the text tracks of the MPD', async () => {
    const { dash_url } = await playbackOf(film);
    const mpd = await text(dash_url ?? '');
    const files = [...mpd.matchAll(/<BaseURL>([^<]+)<\/BaseURL>/g)].map(([, file = '']) => file);
    expect(files).toEqual(['s0-en/subtitles.vtt', 's1-de/subtitles.vtt']);
    for (const file of files) {
      const url = path.posix.join(path.posix.dirname(dash_url ?? ''), file);
      expect(await text(url)).toMatch(/^WEBVTT/);
    }
  });

  test('are WebVTT with the times and the look they had', async () => {
    const [english, german] = await Promise.all(
      (await playbackOf(film)).subtitles.map(({ url }) => text(url)),
    );
    expect(english).toBe(
      'WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n' +
        '00:00:00.500 --> 00:00:01.250\n<i>Café</i> &amp; &lt;tea\n\n' +
        '00:00:02.000 --> 00:00:03.000\nTwo\n',
    );
    const map = 'X-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n';
    expect(german).toContain(map);
    expect(validCues(german?.replace(map, '') ?? '')).toMatchObject([
      {
        // ASS counts in hundredths of a second.
        startTime: expect.closeTo(1, 1) as number,
        endTime: expect.closeTo(2.5, 1) as number,
        text: 'Oben, <b>fett</b>\nUnten',
      },
    ]);
    expect(german).toContain('line:0');
  });

  test('are served as WebVTT', async () => {
    const [first] = (await playbackOf(film)).subtitles;
    const { headers } = await fetch(app.origin + (first?.url ?? ''));
    expect(headers.get('content-type')).toBe('text/vtt; charset=utf-8');
  });

  test('are listed as the embedded ones, and stay', async () => {
    const subtitles = await listed(film);
    expect(subtitles.map(({ language, label, source }) => [language, label, source])).toEqual([
      ['en', 'English', 'embedded'],
      ['de', 'Untertitel', 'embedded'],
    ]);
    const { status, body } = await anna.send(
      'DELETE',
      `videos/${film}/subtitles/${subtitles[0]?.id ?? ''}`,
    );
    expect([status, body.code]).toEqual([409, 'subtitle.embedded']);
  });

  test('leave no mark where there are none', async () => {
    const { hls_url, subtitles } = await playbackOf(silent);
    expect(subtitles).toEqual([]);
    expect(await text(hls_url)).not.toContain('SUBTITLES');
  });
});

describe('subtitles that are uploaded', () => {
  test.each([
    ['SRT', Buffer.from(SRT, 'latin1'), 'Hé <i>là</i>'],
    ['WebVTT', Buffer.from(VTT), 'Hello'],
    ['ASS', Buffer.from(`\uFEFF${ASS}`, 'utf16le'), '<i>One</i>\nTwo'],
  ])('become WebVTT from %s', async (label, file, first) => {
    const { status, body } = await send(anna, silent, new Uint8Array(file), {
      language: 'pt-br',
      label,
    });
    expect([status, body]).toEqual([
      201,
      {
        id: expect.any(String) as string,
        ...{ language: 'pt-BR', label, source: 'uploaded' },
        url: expect.stringMatching(/^\/media\/.*\/subtitles\/[0-9a-f-]{36}\.vtt$/) as string,
      },
    ]);
    const { url } = body as SubtitleDto;
    expect(validCues(await text(url))[0]).toMatchObject({ startTime: 1, endTime: 2, text: first });
    expect((await playbackOf(silent)).subtitles).toContainEqual({
      ...{ language: 'pt-BR', label, url },
    });
    expect(await listed(silent, ben)).toContainEqual(expect.objectContaining({ label }));
  });

  test('are moved by an offset', async () => {
    const fields = { language: 'en', label: 'late', offset_seconds: '-1.5' };
    const { body } = await send(anna, silent, SRT, fields);
    const cues = validCues(await text((body as SubtitleDto).url));
    expect(cues.map(({ startTime, endTime }) => [startTime, endTime])).toEqual([
      [0, 0.5],
      [1.5, 2.5],
    ]);
    const gone = await send(anna, silent, SRT, { language: 'en', offset_seconds: '-10' });
    expect([gone.status, gone.body.errors[0].field]).toEqual([422, 'offset_seconds']);
  });

  test('replace those of the same language and label, and leave nothing behind', async () => {
    const id = await anna.uploadVideo(await clip('silent'));
    const first = (await send(anna, id, VTT)).body as SubtitleDto;
    expect(first.label).toBe('English');
    const second = (await send(anna, id, VTT.replace('Hello', 'Again'))).body as SubtitleDto;
    expect((await listed(id)).map((subtitle) => subtitle.id)).toEqual([second.id]);
    expect(await text(second.url)).toContain('Again');
    expect((await fetch(app.origin + first.url)).status).toBe(404);
    const folder = path.join(app.dataDir, 'media', 'videos', id, 'subtitles');
    expect(await filesBelow(folder)).toEqual([`${second.id}.vtt`]);
    expect(await readFile(path.join(folder, `${second.id}.vtt`), 'utf8')).toContain('Again');

    const address = `videos/${id}/subtitles/${second.id}`;
    expect((await ben.send('DELETE', address)).status).toBe(403);
    expect((await anna.send('DELETE', address.replace(id, film))).status).toBe(404);
    expect((await anna.send('DELETE', address)).status).toBe(204);
    expect((await anna.send('DELETE', address)).body.code).toBe('subtitle.not_found');
    expect(await listed(id)).toEqual([]);
    expect(await filesBelow(folder)).toEqual([]);
  });

  test('at the same moment leave one', async () => {
    const id = await anna.uploadVideo(await clip('silent'));
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(anna, id, VTT)));
    expect(answers.filter(({ status }) => ![201, 404].includes(status))).toEqual([]);
    expect(await listed(id)).toHaveLength(1);
    const folder = path.join(app.dataDir, 'media', 'videos', id, 'subtitles');
    expect(await filesBelow(folder)).toHaveLength(1);
  });

  test('are for the owner and staff to send, and for viewers of the video to see', async () => {
    const id = await anna.uploadVideo(await clip('silent'), { visibility: 'PRIVATE' });
    expect((await send(new Client(app.origin), silent, VTT)).status).toBe(401);
    expect((await send(demo, silent, VTT)).status).toBe(403);
    expect((await send(ben, silent, VTT)).body.code).toBe('auth.forbidden');
    expect((await send(ben, id, VTT)).body.code).toBe('video.not_found');
    expect((await ben.get(`videos/${id}/subtitles`)).body.code).toBe('video.not_found');
    const { status, body } = await send(staff, id, VTT);
    expect(status).toBe(201);
    const other = (await listed(silent, ben))[0]?.url.split('/')[2] ?? '';
    const { url } = body as SubtitleDto;
    expect((await fetch(app.origin + url.replace(url.split('/')[2] ?? '', other))).status).toBe(
      404,
    );
  });

  test('with faults are refused, line by line', async () => {
    const faulty = `${SRT}\n3\n00:00:05,000 -> 00:00:06,000\nC\n\n4\n00:00:09,000 --> 00:00:08,000\nD\n`;
    const { status, body } = await send(anna, silent, faulty);
    expect([status, body.code, body.errors]).toEqual([
      422,
      'subtitle.invalid',
      [
        { field: 'file', message: expect.stringMatching(/^line 9: a cue begins/) as string },
        { field: 'file', message: expect.stringMatching(/^line 14: the cue has to end/) as string },
      ],
    ]);
    const many = await send(anna, silent, `WEBVTT\n\n${'stray\n\n'.repeat(500)}`);
    expect(many.body.errors).toHaveLength(20);
    const picture = await send(anna, silent, new Uint8Array(await readFile(await clip('still'))));
    expect(picture.body.code).toBe('subtitle.invalid');
  });

  test.each<[string, Record<string, string>, string]>([
    ['no language', {}, 'language'],
    ['a language that is none', { language: 'english!' }, 'language'],
    ['an offset beyond an hour', { language: 'en', offset_seconds: '3601' }, 'offset_seconds'],
    ['an offset that is no number', { language: 'en', offset_seconds: 'soon' }, 'offset_seconds'],
    ['a field too many', { language: 'en', colour: 'red' }, 'colour'],
  ])('with %s are refused', async (_, fields, field) => {
    const { status, body } = await send(anna, silent, VTT, fields);
    expect([status, body.code, body.errors[0].field]).toEqual([400, 'request.invalid', field]);
  });

  test('are refused when there is no file, no form, or too much', async () => {
    const form = new FormData();
    form.append('language', 'en');
    const address = `videos/${silent}/subtitles`;
    expect((await anna.post(address, form)).body.code).toBe('upload.no_file');
    expect((await anna.post(address, {})).status).toBe(415);
    const large = await send(anna, silent, new Uint8Array(5 * 1024 * 1024 + 1).fill(0x61));
    expect([large.status, large.body.code]).toEqual([413, 'upload.too_large']);
  });
});

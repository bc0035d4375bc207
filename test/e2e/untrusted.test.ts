import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { VideoStatusDto } from '../../src/catalogue/video.dto.js';
import { box, joined } from '../../src/media/iso-bmff.js';
import { startApp, type TestApp } from '../support/app.js';
import {
  aliasTo,
  element,
  inSampleTable,
  loops,
  matroska,
  matroskaTags,
  sequenceParameters,
  table,
  transportStream,
  withBox,
  withJpegSize,
  withPngSize,
  withSubtitles,
} from '../support/attacks.js';
import { signUp, type Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { filesBelow } from '../support/files.js';
import { TracedTools } from '../support/traced-tool.js';

const run = promisify(execFile);

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(await realpath(tmpdir()), 'videoflix-attacks-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** What ffmpeg makes of its arguments. */
async function made(name: string, ...args: string[]): Promise<Uint8Array> {
  const file = path.join(folder, name);
  await run('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args, file]);
  return readFile(file);
}

const picture = (size: string, rate = 25, seconds = 4) => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
];
const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p'];

interface Outcome {
  status: VideoStatusDto['status'];
  code: string | undefined;
}

async function outcomeOf(anna: Client, name: string, bytes: Uint8Array | string): Promise<Outcome> {
  const file = path.join(await mkdtemp(path.join(folder, 'sent-')), name);
  await writeFile(file, bytes);
  const id = await anna.uploadVideo(file);
  const end = await anna.settled(id, 50);
  return { status: end.status, code: end.error?.code };
}

const traces = async ({ dataDir }: TestApp) => [
  ...(await filesBelow(path.join(dataDir, 'media'))),
  ...(await filesBelow(path.join(dataDir, 'scratch'))),
];

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a file that names other files makes nobody open them (seen with strace)', () => {
  /** Where ffmpeg and its libraries are, and what the system tells of itself. */
  const SYSTEM = /^\/(usr|lib|lib64|proc|sys|dev|etc\/ld\.so)/;
  let tools: TracedTools;
  let app: TestApp;
  let anna: Client;
  let trap: Server;
  let trapped = 0;
  let canary: string;

  beforeAll(async () => {
    tools = await TracedTools.create();
    app = await startApp({
      ENCODE_LADDER: '90',
      FFMPEG_PATH: tools.path('ffmpeg'),
      FFPROBE_PATH: tools.path('ffprobe'),
    });
    anna = await signUp(app, 'anna@example.com');
    trap = createServer((socket) => {
      trapped += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(trap, 'listening');
    // A film, so that it would be played if it were found.
    canary = path.join(folder, 'canary.mp4');
    await copyFile(await clip('silent'), canary);
    await tools.take();
  });

  afterAll(async () => {
    await app.close();
    trap.close();
    await tools.remove();
  });

  const address = () => `127.0.0.1:${(trap.address() as AddressInfo).port}`;
  const playlist = () =>
    [
      ...['#EXTM3U', '#EXT-X-TARGETDURATION:1', '#EXT-X-VERSION:3', '#EXT-X-MEDIA-SEQUENCE:0'],
      ...['#EXTINF:1,', `file://${canary}`, '#EXTINF:1,', `http://${address()}/a.ts`],
      ...['#EXT-X-ENDLIST', ''],
    ].join('\n');
  const disguises: [string, () => string][] = [
    ['playlist.m3u8', playlist],
    ['playlist.mp4', playlist],
    ['playlist.mkv', playlist],
    ['playlist.ts', playlist],
    ['passwords.mp4', () => playlist().replaceAll(canary, '/etc/passwd')],
    ['list.mp4', () => `ffconcat version 1.0\nfile '${canary}'\nfile 'http://${address()}/'\n`],
    [
      'drawing.mkv',
      () =>
        `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file://${canary}">]>` +
        `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="64">` +
        `<image xlink:href="http://${address()}/a.png"/><text>&x;</text></svg>`,
    ],
    [
      'session.mp4',
      () =>
        'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n' +
        `m=video ${address().split(':')[1] ?? ''} RTP/AVP 96\na=rtpmap:96 H264/90000\n`,
    ],
    [
      'manifest.mp4',
      () =>
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ' +
        'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period>' +
        `<AdaptationSet mimeType="video/mp4"><Representation id="0" bandwidth="1"><BaseURL>file://${canary}</BaseURL>` +
        `</Representation><Representation id="1" bandwidth="2"><BaseURL>http://${address()}/</BaseURL>` +
        '</Representation></AdaptationSet></Period></MPD>',
    ],
    ['reference.asf', () => `[Reference]\r\nRef1=http://${address()}/a.asf?MSWMExt=.asf\r\n`],
    ['redirect.wmv', () => `ASF http://${address()}/a.asf\r\n`],
    ['shot%03d.mp4', () => 'a name for a sequence of pictures'],
    ['concat:canary.mp4|canary.mp4', () => 'a name for files to join'],
    ['subfile,,start,0,end,0,,:canary.mp4', () => 'a name for a part of a file'],
    ['http:127.0.0.1.mp4', () => 'a name for an address'],
  ];

  async function expectNoneOpened(): Promise<void> {
    const { files, sockets } = await tools.take();
    expect(files.filter((file) => file.startsWith(app.dataDir)).length).toBeGreaterThan(0);
    const others = files.filter((file) => !SYSTEM.test(file) && !file.startsWith(app.dataDir));
    expect({ others, sockets, trapped }).toEqual({ others: [], sockets: [], trapped: 0 });
  }

  test.each(disguises)('%s', async (name, text) => {
    const before = await traces(app);
    expect(await outcomeOf(anna, name, text())).toMatchObject({
      status: 'failed',
      code: 'source.not_a_video',
    });
    expect(await traces(app)).toEqual(before);
    await expectNoneOpened();
  });

  test('a film whose data lies in another file', async () => {
    const film = await made('alias.mov', ...picture('64x64', 25, 1), ...x264);
    const reference = ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref'];
    const attack = withBox(film, reference, () => aliasTo(canary));
    const file = path.join(folder, 'aliased.mov');
    await writeFile(file, attack);
    // Not a dud: somebody who allows it is taken there.
    const careless = ['-enable_drefs', '1', '-use_absolute_path', '1', '-v', 'quiet'];
    await run(tools.path('ffprobe'), [...careless, '-show_packets', file]);
    expect((await tools.take()).files).toContain(canary);

    const { status, code } = await outcomeOf(anna, 'aliased.mov', attack);
    expect([status, code ?? 'source.damaged']).toEqual([status, 'source.damaged']);
    await expectNoneOpened();
  });

  test('a film whose subtitles are a playlist', async () => {
    const raw = ['-c:v', 'rawvideo', '-pix_fmt', 'bgr24'];
    const two = [...picture('64x64', 5, 1), '-map', '0', '-map', '0', ...raw];
    const attack = withSubtitles(await made('two.avi', ...two), playlist());
    await outcomeOf(anna, 'subtitled.avi', attack);
    await expectNoneOpened();
  });

  test('the playlist is no dud: somebody who allows it is taken there', async () => {
    const file = path.join(folder, 'control.m3u8');
    const careless = ['-v', 'quiet', '-allowed_extensions', 'ALL', '-protocol_whitelist'];
    const read = [...careless, 'file,http,tcp,crypto', '-show_packets', file];
    await writeFile(file, playlist());
    await run(tools.path('ffprobe'), read).catch(() => undefined);
    expect((await tools.take()).files).toContain(canary);
    await writeFile(file, playlist().replace(`file://${canary}`, `http://${address()}/b.ts`));
    await run(tools.path('ffprobe'), read).catch(() => undefined);
    expect([(await tools.take()).sockets.length > 0, trapped > 0]).toEqual([true, true]);
  });
});

describe('a file that is small and asks for much ends soon, with a reason', () => {
  let app: TestApp;
  let anna: Client;
  let film: Uint8Array;
  let frame: Uint8Array;

  beforeAll(async () => {
    app = await startApp({ ENCODE_LADDER: '90', ENCODE_CONCURRENCY: '2' });
    anna = await signUp(app, 'anna@example.com');
    film = await made('film.mp4', ...picture('64x64'), ...x264, '-use_editlist', '0');
    frame = await made('frame.m4v', ...picture('64x64', 1, 1), '-c:v', 'mpeg4', '-f', 'm4v');
    await mkdir(path.join(app.dataDir, 'scratch'), { recursive: true });
  });

  afterAll(() => app.close());

  const TOO_LARGE = ['source.too_large_dimensions', 'source.unreadable', 'source.damaged'];
  const mjpeg = () =>
    made('jpegs.avi', ...picture('64x64', 5, 4), '-c:v', 'mjpeg', '-huffman', 'default');
  /** Rows of `stts`, for a film that plays on a clock of 12800 ticks a second. */
  const times = (...rows: number[][]) => withBox(film, inSampleTable('stts'), () => table(rows));
  const gap = (hours: number, at: number) => `setpts='PTS+if(gt(N,${at}),${hours}*3600/TB,0)'`;

  const bombs: [string, string, () => Uint8Array | Promise<Uint8Array>, string[]][] = [
    [
      'a PNG of 65535 x 65535',
      'png.mov',
      async () =>
        withPngSize(await made('png.mov', ...picture('64x64', 5, 1), '-c:v', 'png'), 65535, 65535),
      TOO_LARGE,
    ],
    [
      'JPEGs of 65500 x 65500',
      'jpegs.avi',
      async () => withJpegSize(await mjpeg(), 65500, 65500),
      TOO_LARGE,
    ],
    [
      'JPEGs that grow to 16000 x 16000',
      'growing.avi',
      async () => withJpegSize(await mjpeg(), 16000, 16000, 3),
      ['source.damaged'],
    ],
    [
      'H.264 of 65536 x 65536',
      'huge.h264.mp4',
      () =>
        withBox(film, inSampleTable('stsd'), (stsd) => {
          const made = Buffer.from(stsd);
          const sps = made.indexOf('avcC') + 10;
          const large = sequenceParameters(4096, 4096);
          made.fill(0, sps + 2, sps + 2 + made.readUInt16BE(sps));
          made.set(large, sps + 2);
          return made;
        }),
      TOO_LARGE,
    ],
    [
      '10,000 tracks in MP4',
      'tracks.mp4',
      () => withBox(film, ['moov', 'trak'], (trak) => Array.from({ length: 10_000 }, () => trak)),
      ['source.too_many_streams'],
    ],
    [
      '10,000 tracks in Matroska',
      'tracks.mkv',
      () => matroska(frame, 10_000),
      ['source.too_many_streams'],
    ],
    [
      'as many streams as a broadcast can number',
      'streams.ts',
      () => transportStream(38, 200),
      ['source.too_many_streams'],
    ],
    [
      'a hundred thousand loops',
      'loops.mp4',
      async () => {
        const edited = await made('edited.mp4', ...picture('64x64', 1), ...x264);
        return withBox(edited, ['moov', 'trak', 'edts', 'elst'], () => loops(100_000, 4000));
      },
      ['source.too_long'],
    ],
    [
      'frames of two days each',
      'long.mp4',
      () => times([100, 0x7fff_ffff]),
      ['source.too_long', 'source.damaged'],
    ],
    [
      'twenty million frames in a megabyte',
      'frames.mov',
      async () => {
        const raw = ['-c:v', 'rawvideo', '-pix_fmt', 'rgb24'];
        const some = await made('raw.mov', ...picture('16x16', 1000, 1), ...raw);
        const chunks = Array.from({ length: 20_000 }, () => [48]);
        const ticked = withBox(some, inSampleTable('stts'), () => table([[20_000_000, 1]]));
        const counted = withBox(ticked, inSampleTable('stsz'), () =>
          joined(table([], 768), table([]).subarray(0, 4), Uint8Array.of(0x01, 0x31, 0x2d, 0)),
        );
        const grouped = withBox(counted, inSampleTable('stsc'), () => table([[1, 1000, 1]]));
        return withBox(grouped, inSampleTable('stco'), () => table(chunks));
      },
      ['source.too_many_frames'],
    ],
    [
      'twelve hours without a picture',
      'gap.mkv',
      () => made('gap.mkv', ...picture('64x64'), '-vf', gap(12, 50), '-fps_mode', 'vfr', ...x264),
      ['source.damaged'],
    ],
    [
      'twelve hours without a picture, in the middle',
      'middle.mp4',
      () =>
        withBox(film, inSampleTable('stts'), () =>
          table([
            [50, 512],
            [1, 12 * 3600 * 12_800],
            [49, 512 * 25],
          ]),
        ),
      ['source.damaged'],
    ],
    [
      'one row of four billion frames',
      'row.mp4',
      () => times([0xffff_ffff, 512]),
      ['source.too_many_frames', 'source.too_long'],
    ],
    [
      'ten thousand rows of four billion frames',
      'rows.mp4',
      () => times(...Array.from({ length: 10_000 }, () => [0xffff_ffff, 0])),
      ['source.too_many_frames'],
    ],
    [
      'a table that claims four billion rows',
      'claim.mp4',
      () => withBox(film, inSampleTable('stts'), () => table([[100, 512]], 0xffff_ffff)),
      ['source.unreadable'],
    ],
    [
      'an index that claims two gigabytes',
      'index.mp4',
      () => {
        const claim = Buffer.from(film);
        claim.writeUInt32BE(0x7fff_ffff, claim.indexOf('moov') - 4);
        return claim;
      },
      ['ready', 'source.unreadable', 'source.damaged'],
    ],
    [
      'an index of a million empty boxes',
      'boxes.mp4',
      () => {
        const empty = Buffer.alloc(8_000_000, box('free'));
        return withBox(film, ['moov'], (moov) => joined(moov, empty));
      },
      ['ready'],
    ],
    [
      'tags that fill the memory of whoever reads them',
      'tags.mkv',
      () => matroska(frame, 1, matroskaTags(10, 2_000_000)),
      ['ready', 'source.unreadable'],
    ],
    [
      'a title of ten megabytes',
      'title.mkv',
      () => matroska(frame, 1, element('1549a966', element('7ba9', 'x'.repeat(10_000_000)))),
      ['ready', 'source.unreadable'],
    ],
    [
      'tags four thousand levels deep',
      'deep.mkv',
      () => {
        let tag = element('67c8', element('45a3', 'x'));
        for (let level = 0; level < 4000; level += 1) tag = element('67c8', tag);
        return matroska(frame, 1, element('1254c367', element('7373', tag)));
      },
      ['ready'],
    ],
    [
      'an element of 72 petabytes',
      'petabytes.mkv',
      () => matroska(frame, 1, Buffer.from('1254c36701fffffffffffffe', 'hex')),
      ['ready', 'source.unreadable', 'source.damaged'],
    ],
  ];

  test.each(bombs)('%s', async (_, name, make, expected) => {
    const bytes = await make();
    const before = await traces(app);
    const delay = monitorEventLoopDelay();
    delay.enable();
    const { status, code } = await outcomeOf(anna, name, bytes);
    delay.disable();
    expect(expected).toContain(code ?? status);
    // The same process answers requests.
    expect(delay.max / 1e9).toBeLessThan(10);
    if (status === 'failed') expect(await traces(app)).toEqual(before);
    expect(await filesBelow(path.join(app.dataDir, 'scratch'))).toEqual([]);
  });
});

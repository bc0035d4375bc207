import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { sharedFile } from './clips.js';

/** What a file must become. */
export interface Expectation {
  expect: 'ready' | 'rejected' | 'either';
  error_code?: string;
  display?: [number, number];
  duration_s?: number;
  audio_tracks?: number;
  audio_languages?: string[];
  subtitle_languages?: string[];
  max_fps?: number;
}

/** Files people and attackers send, made into a folder. */
export interface Corpus {
  folder: string;
  expected: Readonly<Record<string, Expectation>>;
}

const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const aac = ['-c:a', 'aac', '-shortest'];
const picture = (size: string, rate: number | string, seconds: number) => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
];
const tone = (seconds: number, hertz = 440, rate = 48_000) => [
  ...['-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=${rate}:duration=${seconds}`],
];

/** Our own files: ffmpeg's arguments before the output, and what must come of it. */
const RECIPES: Readonly<Record<string, [make: string[], expected: Omit<Expectation, 'expect'>]>> = {
  'h264.mp4': [
    [...picture('1280x720', 25, 5), ...tone(5), ...x264, '-g', '50', ...aac],
    { display: [1280, 720], duration_s: 5, audio_tracks: 1 },
  ],
  'ntsc-film.mov': [
    [...picture('720x404', '24000/1001', 5), ...tone(5, 300, 44_100), ...x264, ...aac],
    { display: [720, 404], duration_s: 5, audio_tracks: 1 },
  ],
  'high-422-10-bit.mkv': [
    [
      ...picture('640x360', 25, 2),
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv422p10le',
    ],
    { display: [640, 360], duration_s: 2, audio_tracks: 0 },
  ],
  'full-range.mp4': [
    [
      ...picture('640x360', 25, 2),
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuvj420p',
    ],
    { display: [640, 360], duration_s: 2, audio_tracks: 0 },
  ],
  'b-frames-open-gop.mp4': [
    [
      ...picture('640x360', 25, 6),
      ...tone(6),
      '-c:v',
      'libx264',
      '-x264-params',
      'open-gop=1:bframes=3:keyint=50',
      '-pix_fmt',
      'yuv420p',
      ...aac,
    ],
    { display: [640, 360], duration_s: 6, audio_tracks: 1 },
  ],
  'one-key-frame.mp4': [
    [
      ...picture('426x240', 25, 15),
      ...x264,
      '-g',
      '9999',
      '-keyint_min',
      '9999',
      '-sc_threshold',
      '0',
    ],
    { display: [426, 240], duration_s: 15, audio_tracks: 0 },
  ],
  'hlg.mkv': [
    [
      ...picture('640x360', 25, 2),
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-x265-params',
      'log-level=error:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc',
      '-color_primaries',
      'bt2020',
      '-color_trc',
      'arib-std-b67',
      '-colorspace',
      'bt2020nc',
      '-pix_fmt',
      'yuv420p10le',
    ],
    { display: [640, 360], duration_s: 2, audio_tracks: 0 },
  ],
  'vp8-vorbis.webm': [
    [
      ...picture('320x180', 30, 3),
      ...tone(3),
      '-c:v',
      'libvpx',
      '-deadline',
      'realtime',
      '-c:a',
      'libvorbis',
      '-shortest',
    ],
    { display: [320, 180], duration_s: 3, audio_tracks: 1 },
  ],
  'mpeg2-interlaced.mpg': [
    [
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=720x576:rate=50:duration=3',
      '-vf',
      'interlace=scan=tff,setdar=4/3',
      '-r',
      '25',
      '-flags',
      '+ilme+ildct',
      '-c:v',
      'mpeg2video',
      '-b:v',
      '4M',
    ],
    { display: [768, 576], duration_s: 3, audio_tracks: 0 },
  ],
  'old-phone.3gp': [
    [
      ...picture('176x144', 15, 3),
      ...tone(3, 440, 8_000),
      '-c:v',
      'h263',
      '-c:a',
      'aac',
      '-ac',
      '1',
      '-shortest',
    ],
    { duration_s: 3, audio_tracks: 1 },
  ],
  'windows.wmv': [
    [...picture('320x240', 25, 3), ...tone(3), '-c:v', 'wmv2', '-c:a', 'wmav2', '-shortest'],
    { display: [320, 240], duration_s: 3, audio_tracks: 1 },
  ],
  'flash.flv': [
    [
      ...picture('320x240', 25, 3),
      ...tone(3, 440, 44_100),
      '-c:v',
      'flv1',
      '-c:a',
      'aac',
      '-shortest',
    ],
    { display: [320, 240], duration_s: 3, audio_tracks: 1 },
  ],
  'broadcast.ts': [
    [...picture('640x360', 25, 4), ...tone(4), ...x264, ...aac, '-output_ts_offset', '90000'],
    { display: [640, 360], duration_s: 4, audio_tracks: 1 },
  ],
  'sound-outlasts-picture.mp4': [
    [...picture('426x240', 25, 2), ...tone(4), ...x264, '-c:a', 'aac'],
    { display: [426, 240], duration_s: 4, audio_tracks: 1 },
  ],
  'late-sound.mkv': [
    [...picture('426x240', 25, 4), '-itsoffset', '1', ...tone(3), ...x264, '-c:a', 'aac'],
    { display: [426, 240], duration_s: 4, audio_tracks: 1 },
  ],
  'three-languages.mkv': [
    [
      ...picture('426x240', 25, 3),
      ...tone(3),
      ...tone(3, 660),
      ...tone(3, 880),
      '-map',
      '0',
      '-map',
      '1',
      '-map',
      '2',
      '-map',
      '3',
      ...x264,
      ...aac,
      '-metadata:s:a:0',
      'language=fre',
      '-metadata:s:a:1',
      'language=por',
      '-metadata:s:a:2',
      'language=fre',
    ],
    { display: [426, 240], duration_s: 3, audio_tracks: 3, audio_languages: ['fr', 'pt', 'fr'] },
  ],
  'sixty-a-second.mp4': [
    [...picture('640x360', 60, 2), ...x264],
    { display: [640, 360], duration_s: 2, audio_tracks: 0, max_fps: 60 },
  ],
  'hundred-and-twenty-a-second.mp4': [
    [...picture('320x180', 120, 2), ...x264],
    { display: [320, 180], duration_s: 2, audio_tracks: 0, max_fps: 60 },
  ],
  'one-frame.mp4': [
    [...picture('320x180', 25, 0.04), ...x264],
    { display: [320, 180], duration_s: 0.04, audio_tracks: 0 },
  ],
  'tiny.mp4': [
    [...picture('32x18', 25, 1), ...x264],
    { display: [32, 18], duration_s: 1, audio_tracks: 0 },
  ],
  'tall.mp4': [
    [...picture('180x1280', 25, 1), ...x264],
    { display: [180, 1280], duration_s: 1, audio_tracks: 0 },
  ],
  'anamorphic.mp4': [
    [...picture('720x576', 25, 2), '-vf', 'setsar=16/15', ...x264],
    { display: [768, 576], duration_s: 2, audio_tracks: 0 },
  ],
  'animation.gif': [[...picture('160x120', 10, 2)], { error_code: 'source.not_a_video' }],
  'uncompressed.avi': [
    [
      ...picture('160x120', 25, 1),
      ...tone(1, 440, 22_050),
      '-c:v',
      'rawvideo',
      '-pix_fmt',
      'bgr24',
      '-c:a',
      'pcm_s16le',
      '-shortest',
    ],
    { display: [160, 120], duration_s: 1, audio_tracks: 1 },
  ],
};

/** Makes the project's own files. */
export async function ownCorpus(folder: string): Promise<Corpus> {
  await mkdir(folder, { recursive: true });
  for (const [name, [args]] of Object.entries(RECIPES)) {
    await promisify(execFile)('ffmpeg', [
      '-v',
      'error',
      '-nostdin',
      ...args,
      path.join(folder, name),
    ]);
  }
  const expected = Object.entries(RECIPES).map(
    ([name, [, expectation]]) => [name, { expect: endOf(expectation), ...expectation }] as const,
  );
  return { folder, expected: Object.fromEntries(expected) };
}

function endOf({ error_code: code }: Omit<Expectation, 'expect'>): Expectation['expect'] {
  return code === undefined ? 'ready' : 'rejected';
}

/** Makes the collection that may lie beside the checkout. */
export async function sharedCorpus(folder: string): Promise<Corpus | undefined> {
  const [script, expectations] = [
    sharedFile('corpus', 'make.sh'),
    sharedFile('corpus', 'expected.json'),
  ];
  if (!script || !expectations) return undefined;
  await promisify(execFile)('bash', [script, folder]);
  const expected = JSON.parse(await readFile(expectations, 'utf8')) as Corpus['expected'];
  return { folder, expected };
}

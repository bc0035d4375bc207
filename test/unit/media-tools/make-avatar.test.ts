import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { makeAvatar } from '../../../src/media-tools/make-avatar.js';
import { ToolFailure } from '../../../src/media-tools/tool-failure.js';
import { clipFolder } from './clips.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const ffmpegPath = 'ffmpeg';
const target = () => clips.path('avatar.jpg');
const still = (filter: string) => ['-f', 'lavfi', '-i', filter, '-frames:v', '1'];
/** Red on the left, green in the middle, blue on the right. */
const flag = (extra = '') =>
  still(
    `color=red:size=640x480,drawbox=x=160:w=320:h=480:color=lime:t=fill,drawbox=x=480:w=160:h=480:color=blue:t=fill${extra}`,
  );

/** Red, green and blue of one pixel of the picture that was made. */
function pixel(x: number, y: number): number[] {
  const raw = execFileSync('ffmpeg', [
    ...['-v', 'error', '-i', target(), '-vf', `format=rgb24,crop=1:1:${x}:${y}:exact=1`],
    ...['-f', 'rawvideo', '-'],
  ]);
  return [...raw].map((value) => Math.round(value / 255));
}

function describeTarget(): string {
  const entries = 'stream=codec_name,width,height,sample_aspect_ratio';
  const args = ['-v', 'error', '-show_entries', entries, '-of', 'csv=p=0', target()];
  return execFileSync('ffprobe', args).toString().trim();
}

/** A JPEG with an EXIF segment behind its first marker (JEITA CP-3451 4.5.4). */
function withExif(file: string, name: string, orientation: number): string {
  const jpeg = readFileSync(file);
  const text = Buffer.from('a secret place\0', 'latin1');
  const tiff = Buffer.concat([
    Buffer.from('MM\0*\0\0\0\x08\0\x02', 'latin1'),
    Buffer.from([0x01, 0x0e, 0, 2, 0, 0, 0, text.length, 0, 0, 0, 38]),
    Buffer.from([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]),
    Buffer.from([0, 0, 0, 0]),
    text,
  ]);
  const body = Buffer.concat([Buffer.from('Exif\0\0'), tiff]);
  const marker = Buffer.from([0xff, 0xe1, 0, 0]);
  marker.writeUInt16BE(body.length + 2, 2);
  const path = clips.path(name);
  writeFileSync(path, Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]));
  return path;
}

function file(name: string, content: string | Buffer): string {
  const path = clips.path(name);
  writeFileSync(path, typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
  return path;
}

describe('a picture', () => {
  it.each(['jpg', 'png', 'webp'])(
    'of the kind %s becomes the square in its middle',
    async (kind) => {
      const source = clips.make(`flag.${kind}`, ...flag());
      expect(await makeAvatar(source, target(), { ffmpegPath })).toBe(true);
      expect(describeTarget()).toBe('mjpeg,256,256,1:1');
      expect([pixel(10, 128), pixel(128, 128), pixel(246, 128)]).toEqual([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]);
    },
  );

  it('is turned upright, and keeps nothing of its metadata', async () => {
    const source = withExif(clips.make('flag.jpg', ...flag()), 'turned.jpg', 6);
    expect(readFileSync(source).includes('a secret place')).toBe(true);
    expect(await makeAvatar(source, target(), { ffmpegPath })).toBe(true);
    expect([pixel(128, 10), pixel(128, 246)]).toEqual([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const bytes = readFileSync(target());
    for (const trace of ['Exif', 'a secret place', 'Lavc'])
      expect(bytes.includes(trace)).toBe(false);
  });

  it('is white where it is transparent', async () => {
    const source = clips.make('clear.png', ...still('color=black@0.0:size=100x100,format=rgba'));
    expect(await makeAvatar(source, target(), { ffmpegPath })).toBe(true);
    expect(pixel(128, 128)).toEqual([1, 1, 1]);
  });

  it.each(['1x1', '2x20000', '20000x3'])('of %s pixels will do', async (size) => {
    const source = clips.make(`odd-${size}.png`, ...still(`color=red:size=64x64`), '-s', size);
    expect(await makeAvatar(source, target(), { ffmpegPath })).toBe(true);
    expect(describeTarget()).toBe('mjpeg,256,256,1:1');
  });
});

describe('what is refused:', () => {
  const refused = async (source: string) => {
    const path = clips.path('refused.jpg');
    expect(await makeAvatar(source, path, { ffmpegPath })).toBe(false);
    expect(existsSync(path)).toBe(false);
  };

  it('nothing', () => refused(file('empty', '')));
  it('text', () => refused(file('text.png', 'I am a picture.')));
  it('SVG', () => refused(file('a.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>')));
  it('a GIF, which may move', () => refused(clips.make('a.gif', ...flag(',scale=64:48'))));
  it('a video', () => refused(clips.make('a.mp4', ...flag())));
  it('a list of other files', () => refused(file('a.jpg', "ffconcat version 1.0\nfile 'b.jpg'\n")));
  it.each([
    ['JPEG', '\xff\xd8\xff\xe0'],
    ['PNG', '\x89PNG\r\n\x1a\n'],
    ['WebP', 'RIFF\x10\0\0\0WEBPVP8 '],
  ])('%s in its first bytes only', (_, start) =>
    refused(file('fake', `${start}${'x'.repeat(999)}`)),
  );

  it('more pixels than anybody needs, before they are decoded', () =>
    refused(clips.make('huge.png', ...still('color=red:size=10100x10100'))));
});

it('is no fault of the picture when ffmpeg is missing', async () => {
  const source = clips.make('flag.jpg', ...flag());
  const made = makeAvatar(source, target(), { ffmpegPath: '/nowhere/ffmpeg' });
  await expect(made).rejects.toBeInstanceOf(ToolFailure);
});

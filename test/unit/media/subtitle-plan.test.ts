import { multivariantPlaylist } from '../../../src/media/hls-multivariant-playlist.js';
import { EncodingPlanSchema } from '../../../src/media/encoding-plan.js';
import { planEncoding } from '../../../src/media/plan.js';
import type { SubtitleTrack } from '../../../src/media/source-info.js';
import { subtitleArgs } from '../../../src/media/subtitle-args.js';
import { planSubtitles } from '../../../src/media/subtitle-plan.js';
import { source } from './sources.js';

const track = (changes: Partial<SubtitleTrack> = {}): SubtitleTrack => ({
  index: 2,
  codec: 'subrip',
  isDefault: false,
  isForced: false,
  ...changes,
});

describe('the text tracks of a plan', () => {
  test('are those that are text, each with a name of its own', () => {
    const tracks = [
      track({ index: 2, language: 'en', isDefault: true }),
      track({ index: 3, codec: 'hdmv_pgs_subtitle', language: 'en' }),
      track({ index: 4, codec: 'ass', language: 'en', isForced: true, isDefault: true }),
      track({ index: 5, codec: 'mov_text', title: ' Comments ' }),
      track({ index: 6, codec: 'webvtt' }),
    ];
    expect(planSubtitles(tracks)).toMatchObject([
      { folder: 's0-en', streamIndex: 2, format: 'srt', name: 'English', isDefault: true },
      { folder: 's1-en', streamIndex: 4, format: 'ass', name: 'English (2)', isDefault: false },
      { folder: 's2', streamIndex: 5, format: 'srt', name: 'Comments', isForced: false },
      { folder: 's3', streamIndex: 6, name: 'Subtitles 4' },
    ]);
  });

  test('are a part of it, and plans from before there were any have none', () => {
    const plan = planEncoding({ ...source(), subtitles: [track()] });
    const stored: unknown = JSON.parse(JSON.stringify(plan));
    expect(EncodingPlanSchema.parse(stored)).toEqual(plan);
    expect(plan.subtitles).toHaveLength(1);
    const older = { ...plan, subtitles: undefined };
    expect(EncodingPlanSchema.parse(older).subtitles).toEqual([]);
  });

  test('are taken out of a source that may name no other', () => {
    const args = subtitleArgs(planSubtitles([track(), track({ index: 3, codec: 'ass' })]), {
      sourcePath: '/in/a',
      outputDirectory: '/out',
    });
    expect(args.join(' ')).toContain('-protocol_whitelist file,pipe');
    expect(args.join(' ')).toMatch(/-map 0:2 .*-c:s srt -f srt file:\/out\/s0\.srt -map 0:3 /);
    expect(args.join(' ')).toMatch(/-c:s copy -f ass file:\/out\/s1\.ass$/);
  });
});

test('of two tracks of a kind, players choose the default by themselves', () => {
  const entry = (name: string, changes = {}) => {
    const common = { uri: `${name}/index.m3u8`, name, language: 'en' };
    return { ...common, isDefault: false, isForced: false, ...changes };
  };
  const text = multivariantPlaylist({
    frameRate: { numerator: 25, denominator: 1 },
    variants: [
      {
        ...{ uri: 'v/index.m3u8', width: 2, height: 2, codec: 'avc1.640015' },
        bandwidth: { peakBps: 1, averageBps: 1 },
      },
    ],
    audio: [],
    subtitles: [entry('a'), entry('b', { isDefault: true }), entry('c', { isForced: true })],
  });
  const lines = text.split('\n').filter((line) => line.includes('TYPE=SUBTITLES'));
  const flags = lines.map((line) => line.replace(/^.*(DEFAULT=.*),URI.*$/, '$1'));
  expect(flags).toEqual([
    'DEFAULT=NO,AUTOSELECT=NO,FORCED=NO',
    'DEFAULT=YES,AUTOSELECT=YES,FORCED=NO',
    'DEFAULT=NO,AUTOSELECT=YES,FORCED=YES',
  ]);
  expect(text).toContain('SUBTITLES="subtitles"');
});

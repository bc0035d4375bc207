import { encodeArgs } from '../../../src/media/encode-args.js';
import {
  byCodec,
  encodedBy,
  encoderArgs,
  H264_ENCODERS,
  type EncoderName,
} from '../../../src/media/encoders.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { source } from './sources.js';

const task = {
  ...{ preset: 'veryfast', bFrames: 0, crf: 23, maxBitrateBps: 1_000_000 },
  ...{ gopFrames: 50, keyFrames: 'expr:eq(mod(n,50),0)' },
};
const capped = ['-maxrate', '1000000', '-bufsize', '1500000', '-g', '50', '-keyint_min', '50'];
const forced = ['-force_key_frames', 'expr:eq(mod(n,50),0)'];
const tagged = [
  ...['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709'],
  ...['-color_range', 'tv'],
];

describe('an encoder is asked for an even quality below a cap, closed GOPs and forced key frames', () => {
  it.each<[EncoderName, string[]]>([
    [
      'x264',
      [
        ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'high', '-pix_fmt', 'yuv420p'],
        ...['-bf', '0', '-crf', '23', ...capped, '-sc_threshold', '0', '-flags', '+cgop'],
        ...[...forced, '-forced-idr', '1', ...tagged],
      ],
    ],
    [
      'nvenc',
      [
        ...['-c:v', 'h264_nvenc', '-preset', 'p3', '-tune', 'hq', '-profile:v', 'high'],
        ...['-pix_fmt', 'yuv420p', '-bf', '0', '-rc', 'vbr', '-cq', '23', '-b:v', '0', ...capped],
        ...['-no-scenecut', '1', '-flags', '+cgop', ...forced, '-forced-idr', '1', ...tagged],
      ],
    ],
    [
      'qsv',
      [
        ...['-c:v', 'h264_qsv', '-preset', 'veryfast', '-profile:v', 'high', '-pix_fmt', 'nv12'],
        ...['-bf', '0', '-global_quality', '23', '-b:v', '750000', ...capped],
        ...['-adaptive_i', '0', '-flags', '+cgop', ...forced, '-forced_idr', '1', ...tagged],
      ],
    ],
    [
      'vaapi',
      [
        ...['-c:v', 'h264_vaapi', '-profile:v', 'high', '-bf', '0', '-rc_mode', 'QVBR'],
        ...['-global_quality', '23', '-b:v', '750000', ...capped, '-flags', '+cgop'],
        ...[...forced, '-idr_interval', '0', ...tagged],
      ],
    ],
    [
      'videotoolbox',
      [
        ...['-c:v', 'h264_videotoolbox', '-profile:v', 'high', '-pix_fmt', 'nv12', '-bf', '0'],
        ...['-q:v', '54', ...capped, '-flags', '+cgop', ...forced, ...tagged],
      ],
    ],
    [
      'x265',
      [
        ...['-c:v', 'libx265', '-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p'],
        ...['-tag:v', 'hvc1', '-bf', '0', '-crf', '23', ...capped],
        ...['-x265-params', 'log-level=error:open-gop=0:scenecut=0', '-flags', '+cgop'],
        ...[...forced, '-forced-idr', '1', ...tagged],
      ],
    ],
    [
      'svtav1',
      [
        ...['-c:v', 'libsvtav1', '-preset', '10', '-pix_fmt', 'yuv420p', '-bf', '0'],
        ...['-crf', '23', ...capped, '-flags', '+cgop', ...tagged],
      ],
    ],
  ])('%s', (encoder, expected) => {
    expect(encoderArgs(encoder, task)).toEqual(expected);
  });
});

describe('the rungs of an encoder', () => {
  const rungs = [
    { name: '60p', width: 106, height: 60, maxBitrateBps: 100_000, crf: 23 },
    { name: '720p', width: 1280, height: 720, maxBitrateBps: 2_000_000, crf: 23 },
  ];

  it('keep their names and numbers for H.264; what hardware refuses is left to x264', () => {
    for (const encoder of H264_ENCODERS) {
      const [small, large] = encodedBy(encoder, rungs);
      expect(large).toEqual({ ...rungs[1], folder: 'v720p', encoder });
      expect(small?.folder).toBe('v60p');
    }
    expect(encodedBy('nvenc', rungs)[0]?.encoder).toBe('x264');
  });

  it('have folders of their own and lower caps for further codecs, and no size these refuse', () => {
    const of = (encoder: EncoderName) =>
      encodedBy(encoder, rungs).map(({ folder, maxBitrateBps }) => [folder, maxBitrateBps]);
    expect(of('x265')).toEqual([['hevc-v720p', 1_200_000]]);
    expect(of('svtav1')).toEqual([['av1-v720p', 1_000_000]]);
  });

  it('are sorted by codec, the one every player knows first', () => {
    const mixed = (['svtav1', 'x265', 'nvenc', 'x264'] as const).map((encoder) => ({ encoder }));
    expect(byCodec(mixed).map((some) => some.map(({ encoder }) => encoder))).toEqual([
      ['nvenc', 'x264'],
      ['x265'],
      ['svtav1'],
    ]);
    expect(byCodec([{ encoder: 'x265' }])).toHaveLength(1);
  });
});

describe('a run', () => {
  const argsWith = (encoders: readonly [EncoderName, ...EncoderName[]], remux = false) => {
    const keyFrames = { frames: 150, seconds: 6, longestGapSeconds: 3 };
    const known = { profile: 'High', pixelFormat: 'yuv420p', bitrateBps: 9000, keyFrames };
    const settings = { ...DEFAULT_ENCODING_SETTINGS, encoders, rungShortSides: [360, 720] };
    const plan = planEncoding(source(remux ? { video: known } : {}), settings);
    const run = plan.runs.at(-1);
    if (!run) throw new Error('A plan has a run.');
    return encodeArgs(plan, run, { sourcePath: '/source', outputDirectory: '/scratch' });
  };
  const after = (args: string[], option: string, from = 0) =>
    args[args.indexOf(option, from) + 1] ?? '';

  it('uploads frames for VAAPI, on a device that is opened before the source', () => {
    const args = argsWith(['vaapi']);
    expect(after(args, '-init_hw_device')).toBe('vaapi=gpu');
    expect(args.indexOf('-filter_hw_device')).toBeLessThan(args.indexOf('-i'));
    const graph = after(args, '-filter_complex');
    expect(graph).toContain('[s0]scale=640:360:flags=bicubic,setsar=1,format=nv12,hwupload[v0]');
    expect(graph).toContain('[s1]null,format=nv12,hwupload[v1]');
  });

  it.each(['nvenc', 'qsv', 'videotoolbox'] as const)('hands %s frames as they are', (encoder) => {
    const args = argsWith([encoder]);
    expect(args).not.toContain('-init_hw_device');
    expect(after(args, '-filter_complex')).toBe(after(argsWith(['x264']), '-filter_complex'));
  });

  it('scales once for all codecs', () => {
    const graph = after(argsWith(['vaapi', 'x265', 'svtav1']), '-filter_complex');
    expect(graph.match(/scale=640:360/g)).toHaveLength(1);
    expect(graph).toContain('split=4[s0][s1][still][moments]');
    expect(graph).toContain('[s1]null,split=3[c1][c3][c5];[c1]format=nv12,hwupload[v1];');
    expect(graph).toContain('[c3]null[v3];[c5]null[v5]');
  });

  it('has the key frames of a source whose bitstream is the top rung, where an encoder can be told', () => {
    const args = argsWith(['x264', 'x265', 'svtav1'], true);
    const [h264, hevc, av1] = ['libx264', 'libx265', 'libsvtav1'].map((name) => args.indexOf(name));
    expect(after(args, '-force_key_frames', h264)).toBe('source');
    expect(after(args, '-force_key_frames', hevc)).toBe('source');
    expect(args.indexOf('-force_key_frames', av1)).toBe(-1);
    expect(after(args, '-g', av1)).toBe('50');
    expect(after(args, '-g', h264)).toBe('30000');
    expect(args.filter((arg) => arg === 'libx265')).toHaveLength(2);
  });

  it('has the times of such a source too, but for an encoder that has to count frames', () => {
    const args = argsWith(['x264', 'x265', 'svtav1'], true);
    const outputs = args.join(' ').split('pipe:').slice(1, -1);
    const keeping = outputs.map((output) => output.includes('-fps_mode passthrough'));
    const counting = outputs.map((output) => output.includes('libsvtav1'));
    expect(keeping).toEqual(counting.map((isCounting) => !isCounting));
    const graph = after(args, '-filter_complex').split(';');
    const rungs = outputs.map((_, at) => graph.find((chain) => chain.endsWith(`[v${at}]`)) ?? '');
    expect(rungs.map((chain) => chain.includes('fps=25/1:start_time=0'))).toEqual(counting);
    expect(graph[0]).not.toContain('fps=');
    expect(graph[1]).toBe('[counted]fps=25/1:start_time=0,split=2[still][moments]');
    expect(argsWith(['x264', 'x265', 'svtav1'])).not.toContain('-fps_mode');
  });
});

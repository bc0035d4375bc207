import { isRemuxable, mayBeRemuxed } from '../../../src/media/remux.js';
import type { SourceInfo } from '../../../src/media/source-info.js';
import { source } from './sources.js';

const PAL = { numerator: 25, denominator: 1 };
const NTSC = { numerator: 30_000, denominator: 1001 };

describe('a source can be its own top rung', () => {
  const RUNG = { width: 1280, height: 720, maxBitrateBps: 2_500_000 };
  const isTop = (info: SourceInfo, frameRate = PAL) => isRemuxable(info, RUNG, frameRate, 4);
  const fit = { ...source().video, profile: 'High', pixelFormat: 'yuv420p', bitrateBps: 2e6 };
  const keyFrames = { frames: 150, seconds: 6, longestGapSeconds: 2 };
  const frames = (changes: Partial<typeof keyFrames>) => ({
    keyFrames: { ...keyFrames, ...changes },
  });
  const video = (changes: Partial<SourceInfo['video']>) =>
    source({ video: { ...fit, keyFrames, ...changes } });

  it('as players know it', () => {
    expect(isTop(video({}))).toBe(true);
  });

  it.each<[string, Partial<SourceInfo['video']>]>([
    ['another codec', { codec: 'hevc' }],
    ['ten bits', { pixelFormat: 'yuv420p10le' }],
    ['a range of its own', { pixelFormat: 'yuvj420p' }],
    ['finer colours', { pixelFormat: 'yuv422p' }],
    ['no pixel format', { pixelFormat: undefined }],
    ['a profile that few players know', { profile: 'High 4:4:4 Predictive' }],
    ['a profile with redundant pictures', { profile: 'Baseline' }],
    ['no profile', { profile: undefined }],
    ['fields', { interlaced: true }],
    ['a turn', { rotationDegrees: 90 }],
    ['wide pixels', { sampleAspectRatio: 16 / 11 }],
    ['key frames nobody found', { keyFrames: undefined }],
    ['a key frame too late', frames({ longestGapSeconds: 6.002 })],
    ['more frames than the rate has', frames({ frames: 153 })],
    ['frames that are shown for too short', frames({ frames: 143, seconds: 5.74 })],
    ['frames that are shown for too long', frames({ seconds: 6.26 })],
    ['another width', { width: 1278 }],
    ['another height', { height: 722 }],
    ['a start a frame late', { startSeconds: 0.04 }],
    ['more bits than the rung may have', { bitrateBps: 2_500_001 }],
    ['bits nobody counted', { bitrateBps: undefined }],
    ['the transfer of HDR', { color: { hdr: true } }],
    ['the colours of HDR', { color: { hdr: false, primaries: 'bt2020' } }],
  ])('but not with %s', (_, changes) => expect(isTop(video(changes))).toBe(false));

  it.each<[string, Partial<SourceInfo['video']>]>([
    ['Main profile', { profile: 'Main' }],
    ['Constrained Baseline profile', { profile: 'Constrained Baseline' }],
    ['a key frame as late as can be', frames({ longestGapSeconds: 6 })],
    ['one in milliseconds', frames({ longestGapSeconds: 6.001 })],
    ['as many frames as the rate may have', frames({ frames: 152 })],
    ['half as many frames', frames({ frames: 75 })],
    ['an end a little early', frames({ frames: 144, seconds: 5.76 })],
    ['an end a little late', frames({ seconds: 6.24 })],
    ['a rate that varies', { frameRate: 18.3, nominalFrameRate: 60 }],
    ['a rate nobody knows', { frameRate: undefined, nominalFrameRate: undefined }],
    ['a start within the first frame', { startSeconds: 0.039 }],
    ['as many bits as the rung may have', { bitrateBps: 2_500_000 }],
    ['colours that are told', { color: { hdr: false, primaries: 'bt709', matrix: 'bt709' } }],
  ])('with %s', (_, changes) => expect(isTop(video(changes))).toBe(true));

  it('by the bits of the whole file, where those of the picture are unknown', () => {
    const of = (bitrateBps: number) => ({ ...video({ bitrateBps: undefined }), bitrateBps });
    expect(isTop(of(2_500_000))).toBe(true);
    expect(isTop(of(2_500_001))).toBe(false);
  });

  it('at the rate of NTSC, but not at half of it: above the highest rate, frames are left out', () => {
    const ntsc = video({
      ...{ frameRate: 29.97, nominalFrameRate: 30_000 / 1001 },
      keyFrames: { frames: 180, seconds: 6.006, longestGapSeconds: 2.002 },
    });
    expect(isTop(ntsc, NTSC)).toBe(true);
    expect(isTop(ntsc, { numerator: 15_000, denominator: 1001 })).toBe(false);
  });

  it('is not looked at for long where its headers forbid it', () => {
    expect(mayBeRemuxed(fit)).toBe(true);
    expect(mayBeRemuxed({ ...fit, codec: 'mpeg4' })).toBe(false);
    expect(mayBeRemuxed({ ...fit, profile: 'Extended' })).toBe(false);
    expect(mayBeRemuxed({ ...fit, pixelFormat: 'nv12' })).toBe(false);
    expect(mayBeRemuxed({ ...fit, interlaced: true })).toBe(false);
    expect(mayBeRemuxed({ ...fit, rotationDegrees: 180 })).toBe(false);
    expect(mayBeRemuxed({ ...fit, sampleAspectRatio: 0.9 })).toBe(false);
  });
});

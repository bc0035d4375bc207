import { MediaFault } from '../../../src/media/media-fault.js';
import { parseProbe } from '../../../src/media/probe.js';

const videoStream = {
  index: 0,
  codec_type: 'video',
  codec_name: 'h264',
  pix_fmt: 'yuv420p',
  width: 1280,
  height: 720,
  avg_frame_rate: '25/1',
  r_frame_rate: '25/1',
  sample_aspect_ratio: '1:1',
  start_time: '0.000000',
};
const audioStream = {
  index: 1,
  codec_type: 'audio',
  codec_name: 'aac',
  channels: 2,
  sample_rate: '48000',
};

const probe = (streams: object[], format: object = {}) =>
  parseProbe(
    JSON.stringify({ streams, format: { format_name: 'matroska,webm', duration: '6', ...format } }),
  );
const video = (changes: object) => probe([{ ...videoStream, ...changes }]).video;
const faultOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof MediaFault) return error.code;
    throw error;
  }
  return undefined;
};

describe('reading a probe', () => {
  it('turns a rotated picture', () => {
    const rotated = video({ side_data_list: [{ rotation: 90 }] });
    expect(rotated).toMatchObject({ width: 1280, displayWidth: 720, displayHeight: 1280 });
    expect(rotated.rotationDegrees).toBe(270);
    expect(video({ side_data_list: [{ rotation: -90 }] }).rotationDegrees).toBe(90);
    expect(video({ side_data_list: [{ rotation: -180 }] }).displayWidth).toBe(1280);
    expect(video({ tags: { rotate: '90' } }).rotationDegrees).toBe(90);
  });

  it('squares the pixels of an anamorphic picture', () => {
    const wide = { width: 720, height: 576, sample_aspect_ratio: '16:11' };
    expect(video(wide)).toMatchObject({ displayWidth: 1047, displayHeight: 576 });
    expect(video({ ...wide, side_data_list: [{ rotation: 90 }] })).toMatchObject({
      displayWidth: 576,
      displayHeight: 1047,
    });
    expect(video({ sample_aspect_ratio: '1000:1' }).displayWidth).toBe(1280);
    expect(video({ sample_aspect_ratio: '0:1' }).displayWidth).toBe(1280);
    // 854x480 stretched to 1280x720.
    expect(video({ sample_aspect_ratio: '1281:1280' }).displayWidth).toBe(1280);
  });

  it.each([
    ['eng', 'en'],
    ['deu', 'de'],
    ['ger', 'de'],
    ['fre', 'fr'],
    ['chi', 'zh'],
    ['cze', 'cs'],
    ['pt-br', 'pt-BR'],
    ['fil', 'fil'],
    ['und', undefined],
    ['not a language', undefined],
    [undefined, undefined],
  ])('reads the language %s as %s', (language, tag) => {
    const tags = language === undefined ? {} : { language };
    expect(probe([videoStream, { ...audioStream, tags }]).audio[0]?.language).toBe(tag);
  });

  it('recognises HDR, interlacing and bit depth', () => {
    expect(video({ color_transfer: 'smpte2084' }).color.hdr).toBe(true);
    expect(video({ color_transfer: 'bt709' }).color).toMatchObject({
      hdr: false,
      transfer: 'bt709',
    });
    expect(video({ color_primaries: 'unknown' }).color.primaries).toBeUndefined();
    expect(video({ field_order: 'tt' }).interlaced).toBe(true);
    expect(video({ field_order: 'progressive' }).interlaced).toBe(false);
    expect(video({ pix_fmt: 'yuv420p10le' }).bitDepth).toBe(10);
    expect(video({ bits_per_raw_sample: '12' }).bitDepth).toBe(12);
  });

  it('leaves an unknown frame rate unknown', () => {
    expect(video({ avg_frame_rate: '0/0', r_frame_rate: '1000/1' })).toMatchObject({
      frameRate: undefined,
      nominalFrameRate: undefined,
    });
  });

  it('counts times from the start of the file', () => {
    const { startSeconds } = probe([{ ...videoStream, start_time: '1.421333' }], {
      start_time: '1.400000',
    }).video;
    expect(startSeconds).toBeCloseTo(0.021333);
  });

  it('does not take a cover for a video', () => {
    const cover = { ...videoStream, index: 1, codec_name: 'png', disposition: { attached_pic: 1 } };
    expect(faultOf(() => probe([audioStream, cover]))).toBe('source.no_video_stream');
    expect(
      probe([
        { ...cover, index: 0 },
        { ...videoStream, index: 1 },
      ]).video.index,
    ).toBe(1);
  });

  it.each([
    ['source.no_video_stream', [audioStream], {}],
    ['source.not_a_video', [videoStream], { format_name: 'png_pipe' }],
    ['source.too_large_dimensions', [{ ...videoStream, width: 8194 }], {}],
    [
      'source.too_large_dimensions',
      [{ ...videoStream, width: 5000, sample_aspect_ratio: '2:1' }],
      {},
    ],
    ['source.too_long', [videoStream], { duration: '86401' }],
    ['source.too_many_streams', Array.from({ length: 65 }, () => videoStream), {}],
    ['source.unsupported_codec', [{ ...videoStream, codec_name: undefined }], {}],
  ])('refuses with %s', (code, streams, format) => {
    expect(faultOf(() => probe(streams, format))).toBe(code);
  });
});

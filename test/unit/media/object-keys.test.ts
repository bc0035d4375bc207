import fc from 'fast-check';
import {
  avatarKey,
  avatarsPrefix,
  isOutputPath,
  outputKey,
  outputPrefix,
  posterKey,
  previewKey,
  safeName,
  sourceKey,
  storyboardKey,
  thumbnailKey,
  uploadsPrefix,
  videoPrefix,
} from '../../../src/media/object-keys.js';

describe('object keys', () => {
  it('follow the documented layout', () => {
    expect(sourceKey('42', new Date(1_700_000_000_000), 'My Film.mp4')).toBe(
      'uploads/users/42/videos/1700000000000_My_Film.mp4',
    );
    expect(uploadsPrefix('42')).toBe('uploads/users/42/');
    expect(avatarKey('42', 'c0ffee')).toBe('avatars/42/c0ffee.jpg');
    expect(avatarsPrefix('42')).toBe('avatars/42/');
    expect(videoPrefix('v1')).toBe('videos/v1/');
    expect(outputPrefix('v1', 'r1')).toBe('videos/v1/r1/');
    expect(outputKey('v1', 'r1', 'v720p/segment_00001.m4s')).toBe(
      'videos/v1/r1/v720p/segment_00001.m4s',
    );
    expect(thumbnailKey('v1', 'r1')).toBe('videos/v1/r1/thumbnail.jpg');
    expect(posterKey('v1', 'r1')).toBe('videos/v1/r1/poster.jpg');
    expect(previewKey('v1', 'r1')).toBe('videos/v1/r1/preview.mp4');
    expect(storyboardKey('v1', 'r1')).toBe('videos/v1/r1/storyboard/storyboard.vtt');
  });

  it.each([
    ["Ünïcødé – 视频 'quoted' $(name) 🎬.mp4", 'Unic_de_quoted_name.mp4'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\films\\a b.MOV', 'a_b.MOV'],
    ['', 'video'],
    ['...', 'video'],
    ['视频.mp4', 'video.mp4'],
    ['.mp4', 'mp4'],
  ])('make %j safe as %s', (name, safe) => expect(safeName(name)).toBe(safe));

  it('stay plain and bounded for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const key = sourceKey('7', new Date(0), name);
        expect(key).toMatch(/^uploads\/users\/7\/videos\/0_[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
        expect(key).not.toContain('..');
      }),
    );
  });

  it('accept no path that leaves its prefix', () => {
    const hostile = ['', '.', '..', '../a', 'a/../b', '/a', 'a/', 'a//b', 'a\\b', '.a', 'a\0', 'ä'];
    for (const path of [...hostile, 'a/b/c/d/e', 'a'.repeat(101)]) {
      expect(isOutputPath(path)).toBe(false);
      expect(() => outputKey('v', 'r', path)).toThrow(RangeError);
    }
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('.', '/', 'a', '\\', '%', '\n') }), (path) => {
        if (!isOutputPath(path)) return;
        expect(new URL(path, 'http://host/prefix/').pathname).toBe(`/prefix/${path}`);
      }),
    );
  });

  it('accept no id that is a path', () => {
    for (const id of ['', '..', 'a/b', '-a', 'a'.repeat(65)]) {
      expect(() => sourceKey(id, new Date(), 'a.mp4')).toThrow(RangeError);
      expect(() => outputPrefix('v', id)).toThrow(RangeError);
    }
  });
});

import fc from 'fast-check';
import {
  avatarKey,
  coverPrefix,
  outputKey,
  posterKey,
  previewKey,
  sourceKey,
  storyboardKey,
  subtitleKey,
  uploadedPictureKey,
} from '../../../src/media/object-keys.js';
import { describeKey } from '../../../src/media/stored-object.js';

const id = fc.uuid();

test('every key that is made says what it is for', () => {
  fc.assert(
    fc.property(
      id,
      id,
      fc.date({ noInvalidDate: true, min: new Date(0) }),
      fc.string(),
      (a, b, at, name) => {
        const output = { kind: 'output', videoId: a, revisionId: b };
        expect(describeKey(sourceKey(a, at, name))).toEqual({ kind: 'source', ownerId: a });
        expect(describeKey(uploadedPictureKey(a, at, name))).toEqual({
          kind: 'upload',
          ownerId: a,
        });
        expect(describeKey(`${coverPrefix(a)}poster.jpg`)).toEqual({ kind: 'cover', videoId: a });
        expect(describeKey(subtitleKey(a, b))).toEqual({
          ...{ kind: 'subtitles', videoId: a, subtitleId: b },
        });
        expect(describeKey(avatarKey(a, 'x'))).toEqual({ kind: 'avatar', userId: a });
        for (const key of [posterKey(a, b), previewKey(a, b), storyboardKey(a, b)]) {
          expect(describeKey(key)).toEqual({ ...output, isPicture: true });
        }
        for (const path of ['master.m3u8', 'v720p/segment_00001.m4s', 's0-en/subtitles.vtt']) {
          expect(describeKey(outputKey(a, b, path))).toEqual({ ...output, isPicture: false });
        }
      },
    ),
  );
});

test('what is none of ours says nothing', () => {
  const uuid = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';
  const foreign = [
    'reports/2026.pdf',
    'videos/1/2/a',
    `videos/${uuid}`,
    `videos/${uuid}/x`,
    'uploads/x',
  ];
  expect([...foreign, `backup/videos/${uuid}/${uuid}/a`].map(describeKey)).toEqual(
    Array.from({ length: 6 }, () => undefined),
  );
});

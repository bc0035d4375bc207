/** What a key says of its object; ids are UUIDs in lower case. */
export type ObjectFacts =
  | { kind: 'source'; ownerId: string }
  /** A picture on its way to become a cover. */
  | { kind: 'upload'; ownerId: string }
  | { kind: 'output'; videoId: string; revisionId: string; isPicture: boolean }
  | { kind: 'cover'; videoId: string }
  | { kind: 'subtitles'; videoId: string; subtitleId: string }
  | { kind: 'avatar'; userId: string }
  | { kind: 'probe' };

/** What resumable uploads to a bucket keep beside their object while it grows. */
const TAIL = '\\.tail/\\d+/\\d+';

const UUID = '([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})';
const PICTURES = /(\.jpg|\/storyboard\.vtt|\/preview\.mp4)$/;

const PATTERNS: readonly [RegExp, (first: string, second: string, key: string) => ObjectFacts][] = [
  [pattern(`uploads/users/${UUID}/videos/[^/]+`), (ownerId) => ({ kind: 'source', ownerId })],
  [
    pattern(`uploads/users/${UUID}/videos/[^/]+${TAIL}`),
    (ownerId) => ({ kind: 'upload', ownerId }),
  ],
  [pattern(`uploads/users/${UUID}/thumbnails/[^/]+`), (ownerId) => ({ kind: 'upload', ownerId })],
  [pattern(`videos/${UUID}/cover/[^/]+`), (videoId) => ({ kind: 'cover', videoId })],
  [
    pattern(`videos/${UUID}/subtitles/${UUID}\\.vtt`),
    (videoId, subtitleId) => ({ kind: 'subtitles', videoId, subtitleId }),
  ],
  [
    pattern(`videos/${UUID}/${UUID}/.+`),
    (videoId, revisionId, key) => ({
      ...{ kind: 'output', videoId, revisionId },
      isPicture: PICTURES.test(key),
    }),
  ],
  [pattern(`avatars/${UUID}/[^/]+`), (userId) => ({ kind: 'avatar', userId })],
  [pattern('self-test/[^/]+'), () => ({ kind: 'probe' })],
];

/** What a key is for; undefined for what the platform has not put there. */
export function describeKey(key: string): ObjectFacts | undefined {
  for (const [form, facts] of PATTERNS) {
    const match = form.exec(key);
    if (match) return facts(match[1] ?? '', match[2] ?? '', key);
  }
  return undefined;
}

/** The keys of an upload that a key may belong to: its own, or that of the object beside which it lies. */
export function uploadKeysOf(key: string): string[] {
  return [...new Set([key, key.replace(new RegExp(`${TAIL}$`), '')])];
}

function pattern(source: string): RegExp {
  return new RegExp(`^${source}$`);
}

import type { Bandwidth } from './bandwidth.js';
import { framesPerSecond, type FrameRate } from './frame-rate.js';
import type { AudioRendition, VideoRendition } from './encoding-plan.js';

/** A rung, ready to be listed. */
export interface Variant {
  /** Of the media playlist, relative to the multivariant playlist. */
  uri: string;
  width: number;
  height: number;
  /** RFC 6381 name of the video codec. */
  codec: string;
  /** Of the video alone; the audio's is added here. */
  bandwidth: Bandwidth;
  /** Its I-frame playlist, once there is one. */
  iFrames?: { uri: string; bandwidth: Bandwidth } | undefined;
}

/** An audio track, ready to be listed. */
export interface AudioEntry {
  uri: string;
  name: string;
  language: string | undefined;
  isDefault: boolean;
  channels: number;
  codec: string;
  bandwidth: Bandwidth;
}

/** A text track, ready to be listed. */
export interface SubtitleEntry {
  uri: string;
  name: string;
  language: string | undefined;
  isDefault: boolean;
  isForced: boolean;
}

export interface MultivariantPlaylist {
  frameRate: FrameRate;
  variants: readonly Variant[];
  audio: readonly AudioEntry[];
  subtitles?: readonly SubtitleEntry[];
}

const AUDIO_GROUP = 'audio';
const SUBTITLE_GROUP = 'subtitles';

/** Every rung is tagged BT.709. */
const VIDEO_RANGE = 'SDR';

/** Container, sample tables and ADTS-less framing of AAC: what a segment adds to its bitstream. */
const PACKAGING_FACTOR = 1.05;

/**
 * Bit rates to announce before a rendition has been measured: its cap, as the peak may not be exceeded
 * (RFC 8216 4.3.4.2), with room for x264's buffer.
 */
export function declaredVideoBandwidth({ maxBitrateBps }: VideoRendition): Bandwidth {
  return {
    peakBps: Math.ceil(maxBitrateBps * 1.25 * PACKAGING_FACTOR),
    averageBps: Math.ceil(maxBitrateBps * PACKAGING_FACTOR),
  };
}

/** As {@link declaredVideoBandwidth}, for a track of constant bit rate. */
export function declaredAudioBandwidth({ bitrateBps }: AudioRendition): Bandwidth {
  const bps = Math.ceil(bitrateBps * 1.1 * PACKAGING_FACTOR);
  return { peakBps: bps, averageBps: bps };
}

/**
 * Writes the multivariant playlist (RFC 8216 4.3.4): codecs in the order of their first variants, and in each
 * the smallest variant first, so that a player without an estimate starts at once. Audio tracks form one
 * group, the default first.
 * @throws RangeError when there is no variant or a URI could break out of its line
 */
export function multivariantPlaylist(playlist: MultivariantPlaylist): string {
  const { frameRate, variants, audio, subtitles = [] } = playlist;
  if (variants.length === 0) throw new RangeError('A multivariant playlist needs a variant.');
  const tracks = [...audio].sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
  const codecs = [...new Set(variants.map(codecFamily))];
  const ladder = [...variants].sort(
    (a, b) =>
      codecs.indexOf(codecFamily(a)) - codecs.indexOf(codecFamily(b)) ||
      a.bandwidth.peakBps - b.bandwidth.peakBps,
  );
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...tracks.map(mediaTag),
    ...subtitles.map(subtitleTag),
    ...ladder.flatMap((variant) => [
      streamInfTag(variant, tracks, frameRate, subtitles.length > 0),
      uriLine(variant.uri),
    ]),
    ...ladder.flatMap(iFrameTags),
  ];
  return `${lines.join('\n')}\n`;
}

/** The sample entry's type, with which an RFC 6381 name begins. */
function codecFamily({ codec }: Variant): string {
  return codec.split('.')[0] ?? codec;
}

/** RFC 8216 4.3.4.1: a default rendition must be one the player may choose by itself. */
function mediaTag(track: AudioEntry): string {
  return tag('EXT-X-MEDIA', [
    ['TYPE', 'AUDIO'],
    ['GROUP-ID', quoted(AUDIO_GROUP)],
    ['NAME', quoted(track.name)],
    ['LANGUAGE', track.language === undefined ? undefined : quoted(track.language)],
    ['DEFAULT', track.isDefault ? 'YES' : 'NO'],
    ['AUTOSELECT', 'YES'],
    ['CHANNELS', quoted(`${track.channels}`)],
    ['URI', quoted(uriLine(track.uri))],
  ]);
}

/**
 * RFC 8216 4.3.4.1.1: players choose among tracks by language and FORCED, so only the first of a kind may
 * be chosen without asking, and the default has to be.
 */
function subtitleTag(track: SubtitleEntry, _: number, all: readonly SubtitleEntry[]): string {
  const isSameKind = (other: SubtitleEntry) =>
    other.language === track.language && other.isForced === track.isForced;
  const chosen = all.find((other) => isSameKind(other) && other.isDefault) ?? all.find(isSameKind);
  return tag('EXT-X-MEDIA', [
    ['TYPE', 'SUBTITLES'],
    ['GROUP-ID', quoted(SUBTITLE_GROUP)],
    ['NAME', quoted(track.name)],
    ['LANGUAGE', track.language === undefined ? undefined : quoted(track.language)],
    ['DEFAULT', track.isDefault ? 'YES' : 'NO'],
    ['AUTOSELECT', chosen === track ? 'YES' : 'NO'],
    ['FORCED', track.isForced ? 'YES' : 'NO'],
    ['URI', quoted(uriLine(track.uri))],
  ]);
}

/** RFC 8216 4.3.4.2: BANDWIDTH is the largest sum over every playable combination of renditions. */
function streamInfTag(
  variant: Variant,
  audio: AudioEntry[],
  frameRate: FrameRate,
  hasSubtitles: boolean,
): string {
  const peak = (values: number[]) => values.reduce((a, b) => Math.max(a, b), 0);
  const codecs = new Set([variant.codec, ...audio.map((track) => track.codec)]);
  const audioPeak = peak(audio.map((track) => track.bandwidth.peakBps));
  const audioAverage = peak(audio.map((track) => track.bandwidth.averageBps));
  return tag('EXT-X-STREAM-INF', [
    ['BANDWIDTH', `${variant.bandwidth.peakBps + audioPeak}`],
    ['AVERAGE-BANDWIDTH', `${variant.bandwidth.averageBps + audioAverage}`],
    ['CODECS', quoted([...codecs].join(','))],
    ['RESOLUTION', `${variant.width}x${variant.height}`],
    ['FRAME-RATE', framesPerSecond(frameRate).toFixed(3)],
    ['VIDEO-RANGE', VIDEO_RANGE],
    ['AUDIO', audio.length === 0 ? undefined : quoted(AUDIO_GROUP)],
    ['SUBTITLES', hasSubtitles ? quoted(SUBTITLE_GROUP) : undefined],
    // Without the attribute a player has to look into the segments for captions.
    ['CLOSED-CAPTIONS', 'NONE'],
  ]);
}

/** RFC 8216 4.3.4.3: a tag of its own, without a URI line. */
function iFrameTags({ iFrames, codec, width, height }: Variant): string[] {
  if (!iFrames) return [];
  return [
    tag('EXT-X-I-FRAME-STREAM-INF', [
      ['BANDWIDTH', `${iFrames.bandwidth.peakBps}`],
      ['AVERAGE-BANDWIDTH', `${iFrames.bandwidth.averageBps}`],
      ['CODECS', quoted(codec)],
      ['RESOLUTION', `${width}x${height}`],
      ['VIDEO-RANGE', VIDEO_RANGE],
      ['URI', quoted(uriLine(iFrames.uri))],
    ]),
  ];
}

function tag(name: string, attributes: [string, string | undefined][]): string {
  const present = attributes.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${value}`],
  );
  return `#${name}:${present.join(',')}`;
}

/**
 * RFC 8216 4.2: a quoted-string has no escapes; line feeds, carriage returns and quotes cannot be in it.
 * Apostrophes may, but some parsers take them for quotes: both become typographic ones.
 */
function quoted(text: string): string {
  const plain = text.replaceAll('"', '”').replaceAll("'", '’');
  // eslint-disable-next-line no-control-regex -- control characters are what must not pass
  return `"${plain.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ')}"`;
}

function uriLine(uri: string): string {
  if (uri === '' || uri.startsWith('#') || /[\s"]/.test(uri)) {
    throw new RangeError(`Not a URI for a playlist: ${JSON.stringify(uri)}`);
  }
  return uri;
}

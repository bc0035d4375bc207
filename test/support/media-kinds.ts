import path from 'node:path';
import { parse, types } from 'hls-parser';
import type { VideoDto } from '../../src/catalogue/video.dto.js';
import { sheetsOf } from '../../src/media/storyboard.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import type { Client } from './client.js';

/** Every kind of byte that is served below `/media/{token}/`. */
export const MEDIA_KINDS = [
  'multivariant playlist',
  'media playlist',
  'I-frame playlist',
  'DASH manifest',
  'init segment',
  'segment',
  'audio segment',
  'thumbnail',
  'poster',
  'storyboard',
  'sprite sheet',
  'preview',
  'subtitle of the source',
  'uploaded subtitle',
] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

/** Where each kind lies below the token, for a video of `twoSubtitles` that is ready; adds a subtitle. */
export async function mediaPaths(
  owner: Client,
  videoId: string,
): Promise<Record<MediaKind, string>> {
  const form = new FormData();
  form.append('file', new Blob(['WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n']), 'fr.vtt');
  form.append('language', 'fr');
  const uploaded = await owner.post(`videos/${videoId}/subtitles`, form);
  if (uploaded.status !== 201) throw new Error(`the subtitle was answered with ${uploaded.status}`);
  const video = (await owner.get(`videos/${videoId}`)).body as VideoDto;
  const playback = (await owner.get(`videos/${videoId}/playback`)).body as PlaybackDto;
  const read = async (url: string) => (await fetch(new URL(url, owner.origin))).text();
  const beside = (url: string, uri: string) => path.posix.join(path.posix.dirname(url), uri);

  const { hls_url: hls, dash_url: dash, storyboard_vtt_url: storyboard } = playback;
  const master = parse(await read(hls)) as types.MasterPlaylist;
  const [variant] = master.variants.filter(({ isIFrameOnly }) => !isIFrameOnly);
  const [iframes] = master.variants.filter(({ isIFrameOnly }) => isIFrameOnly);
  const list = beside(hls, variant?.uri ?? '');
  const audioList = beside(hls, variant?.audio[0]?.uri ?? '');
  const segmentOf = async (url: string) => {
    const [segment] = (parse(await read(url)) as types.MediaPlaylist).segments;
    return beside(url, segment?.uri ?? '');
  };
  const textList = beside(hls, variant?.subtitles[0]?.uri ?? '');
  const [sheet] = sheetsOf(await read(storyboard ?? ''));
  const urls: Record<MediaKind, string | null> = {
    'multivariant playlist': hls,
    'media playlist': list,
    'I-frame playlist': beside(hls, iframes?.uri ?? ''),
    'DASH manifest': dash,
    'init segment': beside(list, 'init.mp4'),
    segment: await segmentOf(list),
    'audio segment': await segmentOf(audioList),
    thumbnail: playback.thumbnail_url,
    poster: playback.poster_url,
    storyboard,
    'sprite sheet': beside(storyboard ?? '', sheet ?? ''),
    preview: video.preview_url,
    'subtitle of the source': await segmentOf(textList),
    'uploaded subtitle': playback.subtitles.find(({ language }) => language === 'fr')?.url ?? null,
  };
  return Object.fromEntries(
    Object.entries(urls).map(([kind, url]) => {
      const below = /^\/media\/[^/]+\/(.+)$/.exec(url ?? '')?.[1];
      if (below === undefined) throw new Error(`there is no ${kind}: ${url}`);
      return [kind, below];
    }),
  ) as Record<MediaKind, string>;
}

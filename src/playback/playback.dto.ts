import { z } from 'zod';

const mediaUrl = z.string().meta({ example: '/media/ARl_oaJ8…/0197f1a2…/master.m3u8' });

export const PlaybackSchema = z
  .object({
    hls_url: mediaUrl.meta({ description: 'Multivariant playlist (RFC 8216)' }),
    dash_url: mediaUrl.nullable().meta({
      description: 'MPEG-DASH manifest (ISO/IEC 23009-1); null until the video is ready',
      example: '/media/ARl_oaJ8…/0197f1a2…/manifest.mpd',
    }),
    poster_url: mediaUrl.nullable(),
    thumbnail_url: mediaUrl.nullable(),
    storyboard_vtt_url: mediaUrl
      .nullable()
      .meta({ description: 'WebVTT that names regions of sprite sheets, for seek previews' }),
    subtitles: z.array(z.object({ language: z.string(), label: z.string(), url: mediaUrl })),
    resume_at_seconds: z.number(),
    expires_at: z.iso.datetime(),
  })
  .meta({ id: 'Playback' });
export type PlaybackDto = z.output<typeof PlaybackSchema>;

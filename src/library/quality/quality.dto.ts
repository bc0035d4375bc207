import { z } from 'zod';
import { addCounts, type PlaybackCounts } from './playback-counts.js';
import type { DayOfPlayback } from './quality.repository.js';
import { LONGEST_STARTUP_MS, startupClass, startupPercentile } from './startup-times.js';

const count = z.int().min(0).max(10_000).default(0);
const seconds = z.number().min(0).max(3600).default(0);

/** What kept players from playing, and how often. */
const errorCounts = (times: z.ZodInt) =>
  z.strictObject({
    playlist_load: times.optional(),
    segment_load: times.optional(),
    link_refused: times.optional(),
    decode: times.optional(),
    unsupported: times.optional(),
    other: times.optional(),
  });

export const PlaybackEventsSchema = z
  .strictObject({
    session_id: z.uuid().meta({ description: 'Made by the player, for one film on one page' }),
    startup_ms: z.int().min(0).max(LONGEST_STARTUP_MS).optional().meta({
      example: 420,
      description: 'From the wish to play to the first picture; told once',
    }),
    stall_count: count,
    stall_seconds: seconds,
    switch_count: count.meta({ description: 'Changes of the rendition' }),
    watched_seconds: seconds,
    errors: errorCounts(z.int().min(1).max(1000)).default({}),
  })
  .meta({ id: 'PlaybackEvents' });
export type PlaybackEvents = z.output<typeof PlaybackEventsSchema>;

export const QualityQuerySchema = z.strictObject({
  days: z.coerce.number().int().min(1).max(366).default(28),
});
export type QualityQuery = z.output<typeof QualityQuerySchema>;

const milliseconds = z.int().nullable().meta({ example: 420 });

const QualityFigures = z.object({
  sessions: z.int(),
  startup_p50_ms: milliseconds,
  startup_p95_ms: milliseconds,
  stall_count: z.int(),
  stall_seconds: z.number(),
  stall_share: z.number().nullable().meta({
    example: 0.002,
    description: 'Of the time that viewers spent watching and waiting',
  }),
  switch_count: z.int(),
  watched_seconds: z.number(),
  errors: errorCounts(z.int()),
});

export const PlaybackQualitySchema = z
  .object({
    total: QualityFigures,
    days: z.array(QualityFigures.extend({ day: z.iso.date() })),
  })
  .meta({ id: 'PlaybackQuality' });
export type PlaybackQualityDto = z.output<typeof PlaybackQualitySchema>;

/** @param isNew whether the session was not counted before, and with it how it began */
export function toCounts(events: PlaybackEvents, isNew: boolean): PlaybackCounts {
  const { startup_ms: startupMs } = events;
  return {
    sessions: isNew ? 1 : 0,
    startups: startupMs === undefined ? {} : { [startupClass(startupMs)]: 1 },
    stalls: events.stall_count,
    stallSeconds: events.stall_seconds,
    switches: events.switch_count,
    watchedSeconds: events.watched_seconds,
    errors: events.errors,
  };
}

const NOTHING: PlaybackCounts = {
  ...{ sessions: 0, startups: {}, stalls: 0, stallSeconds: 0 },
  ...{ switches: 0, watchedSeconds: 0, errors: {} },
};

export function toQualityDto(days: readonly DayOfPlayback[]): PlaybackQualityDto {
  return {
    total: figures(days.reduce(addCounts, NOTHING)),
    days: days.map((counts) => ({ day: counts.day, ...figures(counts) })),
  };
}

function figures(counts: PlaybackCounts): z.output<typeof QualityFigures> {
  const { stallSeconds, watchedSeconds } = counts;
  const spent = stallSeconds + watchedSeconds;
  return {
    sessions: counts.sessions,
    startup_p50_ms: startupPercentile(counts.startups, 0.5),
    startup_p95_ms: startupPercentile(counts.startups, 0.95),
    stall_count: counts.stalls,
    stall_seconds: stallSeconds,
    stall_share: spent > 0 ? stallSeconds / spent : null,
    switch_count: counts.switches,
    watched_seconds: watchedSeconds,
    errors: counts.errors,
  };
}

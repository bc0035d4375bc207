import { z } from 'zod';

/** The queues; each is consumed with its own concurrency, so that an encode never holds up a mail. */
export const QUEUE_NAMES = ['encode', 'pipeline', 'background'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

const videoRevision = z.object({ video_id: z.uuid(), revision_id: z.uuid() });

/**
 * Every job there is: its queue, how often it is tried, and the shape of its payload.
 * Payloads carry ids; what is to be done lies in PostgreSQL.
 */
export const JOB_CONTRACTS = {
  /** Probe the source, plan the encoding, and enqueue the rest. */
  prepare: { queue: 'pipeline', attempts: 3, payload: videoRevision },
  /** One ffmpeg run of the plan. */
  encode: { queue: 'encode', attempts: 3, payload: videoRevision.extend({ run_id: z.string() }) },
  /** Write the final playlists. */
  package: { queue: 'pipeline', attempts: 3, payload: videoRevision },
  /** Verify every output and switch the video to this revision. */
  publish: { queue: 'pipeline', attempts: 3, payload: videoRevision },
  /** Render one clip of the demo catalogue and upload it. */
  'demo-clip': { queue: 'encode', attempts: 3, payload: z.object({ slug: z.string() }) },
  'send-mail': {
    queue: 'background',
    attempts: 5,
    payload: z.object({ to: z.email(), subject: z.string(), text: z.string(), html: z.string() }),
  },
  /** Weekly export of the database. */
  'export-video-data': { queue: 'background', attempts: 3, payload: z.object({}) },
} as const satisfies Record<string, { queue: QueueName; attempts: number; payload: z.ZodObject }>;

export type JobName = keyof typeof JOB_CONTRACTS;
export type JobPayload<N extends JobName> = z.output<(typeof JOB_CONTRACTS)[N]['payload']>;

import { z } from 'zod';

/** The queues; each is consumed with its own concurrency: no encode ever holds up a mail, nor the demo an encode. */
export const QUEUE_NAMES = ['first', 'encode', 'pipeline', 'demo', 'background'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

const videoRevision = z.object({ video_id: z.uuid(), revision_id: z.uuid() });

export interface JobContract {
  queue: QueueName;
  attempts: number;
  /** The pause after the first attempt, 1 unless said otherwise; each next one is twice as long. */
  backoffSeconds?: number;
  /** No pause is longer. */
  maxBackoffSeconds?: number;
  /** Failed jobs are kept for a while, unless their payload is personal. */
  forgetsFailures?: true;
  payload: z.ZodObject;
}

/**
 * Every job there is: its queue, how often it is tried, and the shape of its payload.
 * Payloads carry ids; what is to be done lies in PostgreSQL.
 */
export const JOB_CONTRACTS = {
  /** Probe the source, plan the encoding, and enqueue the rest. */
  prepare: { queue: 'pipeline', attempts: 3, payload: videoRevision },
  /** The ffmpeg run that makes a title playable, while the others may still wait for their turn. */
  'encode-first': {
    queue: 'first',
    attempts: 3,
    payload: videoRevision.extend({ run_id: z.string() }),
  },
  /** Any other ffmpeg run of the plan, also the only one. */
  encode: { queue: 'encode', attempts: 3, payload: videoRevision.extend({ run_id: z.string() }) },
  /** Write the final playlists. */
  package: { queue: 'pipeline', attempts: 3, payload: videoRevision },
  /** Verify every output and switch the video to this revision. */
  publish: { queue: 'pipeline', attempts: 3, payload: videoRevision },
  /** Render one clip of the demo catalogue and upload it. */
  'demo-clip': { queue: 'demo', attempts: 3, payload: z.object({ slug: z.string() }) },
  /**
   * Hand one mail of the outbox to the mail server. Greylisting wants to be asked again soon, an
   * outage for days: RFC 5321 4.5.4.1 gives up after four or five, of which these make five.
   */
  'send-mail': {
    queue: 'background',
    attempts: 180,
    backoffSeconds: 10,
    maxBackoffSeconds: 3600,
    // The words of a refusal name the recipient.
    forgetsFailures: true,
    payload: z.object({ mail_id: z.uuid() }),
  },
  /** Mail what an address asked for, as far as it has an account that it is for. */
  'mail-link': {
    queue: 'background',
    attempts: 5,
    forgetsFailures: true,
    payload: z.object({
      purpose: z.enum(['registration', 'activation', 'password-reset']),
      email: z.string(),
    }),
  },
  /** Remove demo guests who never signed out. */
  'remove-demo-guests': { queue: 'background', attempts: 3, payload: z.object({}) },
  /** Remove accounts whose days of grace are over, with everything that is theirs. */
  'erase-accounts': { queue: 'background', attempts: 3, payload: z.object({}) },
  /** Remove what has expired: links, sessions, challenges, old mails and audit events. */
  'clear-expired': { queue: 'background', attempts: 3, payload: z.object({}) },
  /** Remove uploads that nobody has finished in time, and finish those that are complete. */
  'sweep-uploads': { queue: 'background', attempts: 3, payload: z.object({}) },
  /** Remove videos that were deleted long ago, with their files. */
  'purge-deleted-videos': { queue: 'background', attempts: 3, payload: z.object({}) },
  /** Remove sources that complete videos need no longer, and that a crash has left. */
  'release-spent-sources': { queue: 'background', attempts: 3, payload: z.object({}) },
  /** Weigh the views of the last days anew. */
  'refresh-trends': { queue: 'background', attempts: 3, payload: z.object({}) },
  /** Weekly export of the database. */
  'export-video-data': { queue: 'background', attempts: 3, payload: z.object({}) },
} as const satisfies Record<string, JobContract>;

export type JobName = keyof typeof JOB_CONTRACTS;
export type JobPayload<N extends JobName> = z.output<(typeof JOB_CONTRACTS)[N]['payload']>;

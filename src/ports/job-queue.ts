import type { JobName, JobPayload } from './job-contracts.js';

/** What a handler learns about the attempt it runs in. */
export interface JobAttempt {
  /** From 1. */
  number: number;
  /** True when a failure of this attempt is final. */
  isLast: boolean;
  /** Of the job, for jobs that follow from it. */
  priority: number | undefined;
  /** Aborted when the worker has to hand the job back. */
  signal: AbortSignal;
}

export type JobHandler<N extends JobName> = (
  payload: JobPayload<N>,
  attempt: JobAttempt,
) => Promise<void>;

/** One handler for every job: a job without one does not compile. */
export type JobHandlers = { readonly [N in JobName]: JobHandler<N> };

export interface JobOptions {
  /** While a job is pending, others with its id are the same job. May not contain `:`. */
  id?: string;
  /** 1 is the most urgent; jobs without a priority come first of all. */
  priority?: number;
}

/** A job and the jobs that must be done before it. */
export interface JobNode<N extends JobName = JobName> extends JobOptions {
  name: N;
  payload: JobPayload<N>;
  after?: readonly JobNode[];
}

/** A job that a cron pattern brings up again and again, once for all replicas. */
export interface Schedule<N extends JobName = JobName> {
  id: string;
  /** Five fields: minute, hour, day of month, month, day of week. */
  cron: string;
  timeZone: string;
  job: N;
  payload: JobPayload<N>;
}

/** A handler throws this when trying again cannot help. */
export class PermanentJobError extends Error {
  override readonly name = 'PermanentJobError';
}

/** Work that is done off the request, at least once, by whichever worker is free. */
export abstract class JobQueue {
  abstract add<N extends JobName>(
    name: N,
    payload: JobPayload<N>,
    options?: JobOptions,
  ): Promise<void>;

  /** Adds a whole tree at once; a job starts when everything in its `after` has succeeded. */
  abstract addTree(root: JobNode): Promise<void>;

  /** True while the job waits, runs, or will be tried again. */
  abstract isPending(name: JobName, id: string): Promise<boolean>;

  /**
   * Forgets a job with everything in its `after`. While any of these runs, all of them stay: what
   * runs finds out by itself that it is not wanted.
   */
  abstract remove(name: JobName, id: string): Promise<void>;

  /** How many jobs of its queue are before one that waits for its turn; undefined for any other. */
  abstract position(name: JobName, id: string): Promise<number | undefined>;

  /**
   * Installs a schedule. An unchanged schedule is left alone, so that an occurrence missed while
   * everything was off is still due and runs at once.
   */
  abstract schedule(schedule: Schedule): Promise<void>;

  /** Starts to consume jobs in this process. */
  abstract consume(handlers: JobHandlers): Promise<void>;

  /** Resolves when the queue's store answers; rejects when it does not. */
  abstract ping(): Promise<void>;
}

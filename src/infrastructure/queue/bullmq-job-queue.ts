import { Logger, type BeforeApplicationShutdown, type OnApplicationShutdown } from '@nestjs/common';
import { DelayedError, UnrecoverableError, type FlowJob, type Job, type JobsOptions } from 'bullmq';
import {
  JOB_CONTRACTS,
  QUEUE_NAMES,
  type JobContract,
  type JobName,
  type JobPayload,
  type QueueName,
} from '../../ports/job-contracts.js';
import {
  JobQueue,
  PermanentJobError,
  type JobHandlers,
  type JobNode,
  type JobOptions,
  type Schedule,
} from '../../ports/job-queue.js';
import { pauseAfter } from './backoff.js';
import type {
  BullmqFactory,
  BullmqFlowProducer,
  BullmqQueue,
  BullmqWorker,
} from './bullmq-factory.js';

/** How long a worker may be silent before another one takes its job. */
const LOCK_MILLISECONDS = 15_000;
/** A job that has taken so many workers with it is not given to another one. */
const MAX_LOSSES = 25;

/** Of its last failures, a job keeps this many. */
const STACK_TRACES = 3;

/** {@link JobQueue} on BullMQ, on either of its stores. */
export class BullmqJobQueue
  extends JobQueue
  implements BeforeApplicationShutdown, OnApplicationShutdown
{
  private readonly logger = new Logger('JobQueue');
  private readonly queues: Record<QueueName, BullmqQueue>;
  private readonly flows: BullmqFlowProducer;
  private readonly workers: BullmqWorker[] = [];
  private readonly stopping = new AbortController();
  private readonly told = new WeakSet<Error>();

  constructor(
    private readonly bullmq: BullmqFactory,
    private readonly concurrency: Record<QueueName, number>,
  ) {
    super();
    this.queues = {
      first: this.openQueue('first'),
      encode: this.openQueue('encode'),
      pipeline: this.openQueue('pipeline'),
      demo: this.openQueue('demo'),
      background: this.openQueue('background'),
    };
    this.flows = bullmq.flowProducer();
    this.flows.on('error', (error) => this.warn(error));
  }

  override async add<N extends JobName>(
    name: N,
    payload: JobPayload<N>,
    options: JobOptions = {},
  ): Promise<void> {
    if (options.id) await this.forgetEnded(name, options.id);
    await this.queueOf(name).add(name, payload, jobOptions(name, options));
  }

  override async addTree(root: JobNode): Promise<void> {
    for (const { name, id } of nodesOf(root)) if (id) await this.forgetEnded(name, id);
    await this.flows.add(toFlow(root));
  }

  override async isPending(name: JobName, id: string): Promise<boolean> {
    const state = await this.queueOf(name).getJobState(id);
    return state !== 'completed' && state !== 'failed' && state !== 'unknown';
  }

  override async remove(name: JobName, id: string): Promise<void> {
    await this.queueOf(name).remove(id);
  }

  override async position(name: JobName, id: string): Promise<number | undefined> {
    const queue = this.queueOf(name);
    const state = await queue.getJobState(id);
    if (state !== 'waiting' && state !== 'prioritized') return undefined;
    const waiting = await queue.getRanges(['wait', 'prioritized'], 0, -1, true);
    const index = waiting.indexOf(id);
    return index < 0 ? undefined : index;
  }

  override async schedule(schedule: Schedule): Promise<void> {
    const { id, cron, timeZone, job, payload } = schedule;
    // An upsert computes the next occurrence afresh and would drop one that is overdue.
    if (await this.isScheduled(schedule)) return;
    try {
      await this.queueOf(job).upsertJobScheduler(
        id,
        { pattern: cron, tz: timeZone },
        { name: job, data: payload, opts: jobOptions(job, {}) },
      );
    } catch (error) {
      // Of several processes that do this at the same moment, all but the first are refused.
      if (!(await this.isScheduled(schedule))) throw error;
    }
  }

  private async isScheduled({ id, cron, timeZone, job }: Schedule): Promise<boolean> {
    const known = await this.queueOf(job).getJobScheduler(id);
    return known?.pattern === cron && known.tz === timeZone;
  }

  override async consume(handlers: JobHandlers): Promise<void> {
    for (const name of QUEUE_NAMES) {
      const worker = this.bullmq.worker(name, (job) => this.run(handlers, job), {
        concurrency: this.concurrency[name],
        lockDuration: LOCK_MILLISECONDS,
        stalledInterval: LOCK_MILLISECONDS,
        maxStalledCount: MAX_LOSSES,
        settings: { backoffStrategy: (attempt, _type, _error, job) => pauseOf(job?.name, attempt) },
      });
      worker.on('error', (error) => this.warn(error));
      worker.on('failed', (job, error) => {
        this.logger.warn(`${job?.name ?? 'job'} ${job?.id ?? ''} failed: ${error.message}`);
      });
      this.workers.push(worker);
    }
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
  }

  override async ping(): Promise<void> {
    await this.queues.pipeline.getWaitingCount();
  }

  /** Before the database is closed, which jobs that are handed back still need. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
    await this.flows.close();
    await this.bullmq.close();
  }

  private queueOf(name: JobName): BullmqQueue {
    return this.queues[JOB_CONTRACTS[name].queue];
  }

  /** BullMQ takes no job whose id it knows, also when that one has failed long ago. */
  private async forgetEnded(name: JobName, id: string): Promise<void> {
    const state = await this.queueOf(name).getJobState(id);
    if (state === 'completed' || state === 'failed') await this.queueOf(name).remove(id);
  }

  private openQueue(name: QueueName): BullmqQueue {
    const queue = this.bullmq.queue(name);
    queue.on('error', (error) => this.warn(error));
    return queue;
  }

  private async run(handlers: JobHandlers, job: Job): Promise<void> {
    const name = job.name;
    if (!isJobName(name)) throw new UnrecoverableError(`no job is called ${name}`);
    const attempts = job.opts.attempts ?? 1;
    const attempt = {
      number: job.attemptsMade + 1,
      isLast: job.attemptsMade + 1 >= attempts,
      priority: job.opts.priority,
      signal: this.stopping.signal,
    };
    try {
      await handle(handlers, name, job.data, attempt);
    } catch (error) {
      if (this.stopping.signal.aborted) await handBack(job);
      if (error instanceof PermanentJobError) throw new UnrecoverableError(error.message);
      throw error;
    }
  }

  private warn(error: Error): void {
    // Connections that break while everything is closed are none to worry about.
    if (this.stopping.signal.aborted) return;
    // All parts that share a connection tell of its end.
    if (this.told.has(error)) return;
    this.told.add(error);
    this.logger.warn(error.message);
  }
}

function isJobName(name: string): name is JobName {
  return name in JOB_CONTRACTS;
}

async function handle<N extends JobName>(
  handlers: JobHandlers,
  name: N,
  data: unknown,
  attempt: Parameters<JobHandlers[N]>[1],
): Promise<void> {
  const payload = JOB_CONTRACTS[name].payload.safeParse(data);
  if (!payload.success) throw new UnrecoverableError(`${name}: ${payload.error.message}`);
  await handlers[name](payload.data as JobPayload<N>, attempt);
}

/** Puts a job back without counting the attempt, for the next worker to take at once. */
async function handBack(job: Job): Promise<never> {
  await job.moveToDelayed(Date.now(), job.token ?? '');
  throw new DelayedError();
}

function pauseOf(name = '', attempt: number): number {
  return isJobName(name) ? pauseAfter(attempt, JOB_CONTRACTS[name]) : 0;
}

function jobOptions(name: JobName, { id, priority }: JobOptions): JobsOptions {
  const { attempts, forgetsFailures }: JobContract = JOB_CONTRACTS[name];
  return {
    attempts,
    backoff: { type: 'custom' },
    stackTraceLimit: STACK_TRACES,
    removeOnComplete: true,
    removeOnFail: forgetsFailures ?? { age: 30 * 24 * 3600 },
    ...(id ? { jobId: id } : {}),
    ...(priority ? { priority } : {}),
  };
}

function nodesOf(node: JobNode): JobNode[] {
  return [node, ...(node.after ?? []).flatMap(nodesOf)];
}

function toFlow(node: JobNode): FlowJob {
  return {
    name: node.name,
    queueName: JOB_CONTRACTS[node.name].queue,
    data: node.payload,
    opts: { ...jobOptions(node.name, node), failParentOnFailure: true },
    children: (node.after ?? []).map(toFlow),
  };
}

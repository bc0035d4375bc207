import {
  createPostgresBackend,
  FlowProducer,
  Queue,
  Worker,
  type Job,
  type PgPool,
  type Processor,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import { QUEUE_NAMES, type QueueName } from '../../ports/job-contracts.js';

interface ReportsErrors {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The parts of BullMQ's classes in use, which are the same on each of its stores. */
export type BullmqQueue = ReportsErrors &
  Pick<
    Queue,
    | 'add'
    | 'close'
    | 'getJobScheduler'
    | 'getJobState'
    | 'getRanges'
    | 'getWaitingCount'
    | 'remove'
    | 'upsertJobScheduler'
  >;
export type BullmqFlowProducer = ReportsErrors & Pick<FlowProducer, 'add' | 'close'>;
export interface BullmqWorker extends ReportsErrors, Pick<Worker, 'close' | 'waitUntilReady'> {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: Job | undefined, error: Error) => void): unknown;
}

type ConsumeOptions = Omit<WorkerOptions, 'connection'>;

/** Makes BullMQ's parts, all on one store. */
export interface BullmqFactory {
  queue(name: QueueName): BullmqQueue;
  worker(name: QueueName, run: Processor, options: ConsumeOptions): BullmqWorker;
  flowProducer(): BullmqFlowProducer;
  /** Ends what the parts share; call it after all of them are closed. */
  close(): Promise<void>;
}

/** Beside the one that each worker keeps to be told of new jobs. */
const ASKING_CONNECTIONS = 5;

/** All of BullMQ's parts listen to the one pool: a queue and a worker for each name, and the flows. */
const MOST_PARTS = 2 * QUEUE_NAMES.length + 1;

/**
 * BullMQ in the schema `bullmq` of a PostgreSQL database, whose migrations must have run. Its parts share a
 * pool: with one each, two processes would take all the hundred connections that PostgreSQL has unless told
 * otherwise.
 */
export function bullmqOnPostgres(url: string): BullmqFactory {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'videoflix queue',
    options: '-c search_path=bullmq',
    max: QUEUE_NAMES.length + ASKING_CONNECTIONS,
    keepAlive: true,
  });
  pool.setMaxListeners(MOST_PARTS);
  // BullMQ's type asks for a client whose parameters may be read-only.
  const connection = pool as unknown as PgPool;
  return {
    queue: (name) => new Queue(name, { connection }, createPostgresBackend),
    worker: (name, run, options) =>
      new Worker(name, run, { ...options, connection }, createPostgresBackend),
    flowProducer: () => new FlowProducer({ connection }, createPostgresBackend),
    close: () => pool.end(),
  };
}

/**
 * BullMQ on Redis. When Redis is away, workers wait for it to come back, and whoever adds a job or
 * asks for one is told so after the next try to reach it.
 */
export function bullmqOnRedis(url: string): BullmqFactory {
  const asking = { connection: new Redis(url, { maxRetriesPerRequest: 1 }) };
  const waiting = { connection: new Redis(url, { maxRetriesPerRequest: null }) };
  return {
    queue: (name) => new Queue(name, asking),
    worker: (name, run, options) => new Worker(name, run, { ...options, ...waiting }),
    flowProducer: () => new FlowProducer(asking),
    close: () => {
      // A farewell would wait for a Redis that is away; by now there is nothing left to say.
      for (const { connection } of [asking, waiting]) connection.disconnect();
      return Promise.resolve();
    },
  };
}

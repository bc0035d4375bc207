import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationShutdown } from '@nestjs/common';
import pg from 'pg';
import { Locks, type HeldLock, type LockEvents } from '../../ports/locks.js';
import { CONNECT_TIMEOUT_MILLISECONDS } from '../database/data-source-options.js';

/** Enough for a holder that was told to write what it has, and to let go. */
const PATIENCE_MILLISECONDS = 3000;
const POLL_MILLISECONDS = 60;

const CHANNEL = 'videoflix_lock_wanted';

/** PostgreSQL notices a machine that is gone after half a minute, and not after two hours. */
const KEEP_ALIVE =
  '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

class Holding implements HeldLock {
  isLost = false;

  constructor(
    readonly events: LockEvents,
    readonly release: () => Promise<void>,
  ) {}

  lose(): void {
    this.isLost = true;
    this.events.onLost?.();
  }
}

/**
 * PostgreSQL's advisory locks, all on one connection of the process: it ends with the process, however
 * that ends, and the locks with it. A session may lock a key twice, so the process keeps its own
 * account of what it holds.
 */
export class PostgresLocks extends Locks implements OnApplicationShutdown {
  private readonly held = new Map<string, Holding>();
  private connection: Promise<pg.Client> | undefined;
  /** The last thing that was asked. */
  private asked: Promise<unknown> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly url: string) {
    super();
  }

  override async acquire(name: string, events: LockEvents = {}): Promise<HeldLock | undefined> {
    const giveUpAt = Date.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const lock = await this.attempt(name, events);
      if (lock || this.isClosed || Date.now() > giveUpAt) return lock;
      await this.tellHolder(name);
      await sleep(POLL_MILLISECONDS);
    }
  }

  override acquireFree(name: string): Promise<HeldLock | undefined> {
    return this.attempt(name, {});
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    const connection = await this.connection?.catch(() => undefined);
    await connection?.end();
  }

  private async attempt(name: string, events: LockEvents): Promise<Holding | undefined> {
    if (this.isClosed || this.held.has(name)) return undefined;
    const holding: Holding = new Holding(events, () => this.release(name, holding));
    // Taken in this process first, so that two requests cannot both ask the database.
    this.held.set(name, holding);
    try {
      if (await this.isTaken(name)) return holding;
      this.held.delete(name);
      return undefined;
    } catch (error) {
      this.held.delete(name);
      throw error;
    }
  }

  private async tellHolder(name: string): Promise<void> {
    const holder = this.held.get(name);
    if (holder) holder.events.onWanted?.();
    else await this.ask('SELECT pg_notify($1, $2)', [CHANNEL, name]);
  }

  private async release(name: string, holding: Holding): Promise<void> {
    if (this.held.get(name) !== holding) return;
    try {
      if (!holding.isLost) await this.ask('SELECT pg_advisory_unlock($1)', [keyOf(name)]);
    } catch {
      // The connection is gone, and its locks with it.
    } finally {
      this.held.delete(name);
    }
  }

  private async isTaken(name: string): Promise<boolean> {
    const sql = 'SELECT pg_try_advisory_lock($1) AS taken';
    const [row] = await this.ask<{ taken: boolean }>(sql, [keyOf(name)]);
    return row?.taken === true;
  }

  /** One thing after the other: a client of node-postgres takes no second query while it is busy with one. */
  private ask<Row extends pg.QueryResultRow>(sql: string, values: string[]): Promise<Row[]> {
    const answer = this.asked.then(async () => {
      const client = await this.client();
      return (await client.query<Row>(sql, values)).rows;
    });
    this.asked = answer.catch(() => undefined);
    return answer;
  }

  private client(): Promise<pg.Client> {
    this.connection ??= this.connect().catch((error: unknown) => {
      this.connection = undefined;
      throw error;
    });
    return this.connection;
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: 'videoflix locks',
      connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
      keepAlive: true,
      options: KEEP_ALIVE,
    });
    client.on('error', () => undefined);
    client.on('notification', ({ payload = '' }) => this.held.get(payload)?.events.onWanted?.());
    await client.connect();
    client.on('end', () => this.lose());
    await client.query(`LISTEN ${CHANNEL}`);
    return client;
  }

  private lose(): void {
    this.connection = undefined;
    for (const holding of this.held.values()) holding.lose();
  }
}

/** PostgreSQL's keys are whole numbers of 64 bits. */
function keyOf(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString();
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { BullmqJobQueue } from '../../src/infrastructure/queue/bullmq-job-queue.js';
import type { BullmqFactory } from '../../src/infrastructure/queue/bullmq-factory.js';
import type { JobName, QueueName } from '../../src/ports/job-contracts.js';
import {
  PermanentJobError,
  type JobHandlers,
  type JobNode,
  type Schedule,
} from '../../src/ports/job-queue.js';
import { setClock } from '../support/clock.js';
import { until } from '../support/until.js';

/** What the queues are kept in. */
export interface JobStore {
  /** Connects one more process to the store. */
  connect(): BullmqFactory;
  /** Forgets every job. */
  empty(): Promise<void>;
  /** Cuts every connection to the store, which itself goes on. */
  cutConnections(): Promise<void>;
}

const ONE_AT_A_TIME: Record<QueueName, number> = {
  first: 1,
  encode: 1,
  pipeline: 1,
  demo: 1,
  background: 1,
};

const link = (email: string) => ({ purpose: 'activation', email }) as const;
const ids = { video_id: randomUUID(), revision_id: randomUUID() };

/** Saturday at noon; the schedule below fires on Sunday at six. */
const SATURDAY = new Date('2026-03-07T12:00:00Z');
const SUNDAY_MORNING = new Date('2026-03-08T09:00:00Z');
const weekly: Schedule<'export-video-data'> = {
  id: 'weekly',
  cron: '0 6 * * 0',
  timeZone: 'UTC',
  job: 'export-video-data',
  payload: {},
};

/**
 * What every adapter of `JobQueue` promises.
 *
 * @param store is opened once, and emptied after each test
 */
export function describeJobQueue(name: string, store: () => JobStore): void {
  describe(name, () => {
    const replicas: Replica[] = [];

    // Jobs that fail are logged, and here they fail on purpose.
    beforeAll(() => Logger.overrideLogger(false));

    /** One more process that shares the store. */
    function replica(): Replica {
      const one = new Replica(store().connect());
      replicas.push(one);
      return one;
    }

    afterEach(async () => {
      jest.useRealTimers();
      for (const one of replicas.splice(0)) await one.stop();
      await store().empty();
    });

    describe('a job', () => {
      test('is handled once, with the payload it was added with', async () => {
        const { queue, ...one } = replica();
        await one.consume({ 'mail-link': ({ email }) => one.note(email) });
        await queue.add('mail-link', link('a@example.com'));
        await one.hasNoted('a@example.com');
        await sleep(300);
        expect(one.notes).toEqual(['a@example.com']);
      });

      test('waits until somebody consumes', async () => {
        await replica().queue.add('mail-link', link('a@example.com'));
        const other = replica();
        await other.consume({ 'mail-link': ({ email }) => other.note(email) });
        await other.hasNoted('a@example.com');
      });

      test('goes to one of several processes', async () => {
        const [first, second] = [replica(), replica()];
        await first.consume({ 'mail-link': ({ email }) => first.note(email) });
        await second.consume({ 'mail-link': ({ email }) => second.note(email) });
        const addresses = Array.from({ length: 20 }, (_, at) => `${at}@example.com`);
        await Promise.all(addresses.map((to) => first.queue.add('mail-link', link(to))));
        await until(() => first.notes.length + second.notes.length >= 20);
        await sleep(200);
        expect([...first.notes, ...second.notes].sort()).toEqual(addresses.sort());
      });

      test('with the id of one that is pending is the same job', async () => {
        const one = replica();
        for (const slug of ['first', 'second']) {
          await one.queue.add('demo-clip', { slug }, { id: 'clip' });
        }
        await one.consume({ 'demo-clip': ({ slug }) => one.note(slug) });
        await one.hasNoted('first');
        await sleep(300);
        expect(one.notes).toEqual(['first']);
      });

      test('with the id of one that is running is the same job', async () => {
        const one = replica();
        const running = latch();
        await one.consume({
          'demo-clip': async ({ slug }) => {
            await one.note(slug);
            await running.opened;
          },
        });
        await one.queue.add('demo-clip', { slug: 'first' }, { id: 'clip' });
        await one.hasNoted('first');
        await one.queue.add('demo-clip', { slug: 'second' }, { id: 'clip' });
        running.open();
        await one.isIdle('demo-clip', 'clip');
        expect(one.notes).toEqual(['first']);
      });

      test.each([
        ['succeeded', () => Promise.resolve()],
        ['failed', () => Promise.reject(new PermanentJobError('cannot be'))],
      ])('with the id of one that has %s is a new job', async (_, end) => {
        const one = replica();
        await one.consume({
          'demo-clip': async ({ slug }) => {
            await one.note(slug);
            await end();
          },
        });
        for (const slug of ['first', 'second']) {
          await one.queue.add('demo-clip', { slug }, { id: 'clip' });
          await one.isIdle('demo-clip', 'clip');
        }
        expect(one.notes).toEqual(['first', 'second']);
      });

      test('comes the sooner the smaller its priority, and first of all without one', async () => {
        const one = replica();
        for (const priority of [100, 1, undefined, 5]) {
          const slug = `${priority ?? 'none'}`;
          await one.queue.add('demo-clip', { slug }, priority === undefined ? {} : { priority });
        }
        await one.consume({
          'demo-clip': async ({ slug }, attempt) => {
            await one.note(`${slug}: ${attempt.priority ?? 'none'}`);
          },
        });
        await until(() => one.notes.length === 4);
        expect(one.notes).toEqual(['none: none', '1: 1', '5: 5', '100: 100']);
      });

      test('is pending while it waits, runs, and will be tried again, and no longer', async () => {
        const one = replica();
        const running = latch();
        const pending = () => one.queue.isPending('demo-clip', 'clip');
        expect(await pending()).toBe(false);
        await one.queue.add('demo-clip', { slug: 'a' }, { id: 'clip' });
        expect(await pending()).toBe(true);
        await one.consume({
          'demo-clip': async (_, { number }) => {
            await one.note(`attempt ${number}`);
            if (number === 1) throw new Error('try again');
            await running.opened;
          },
        });
        await one.hasNoted('attempt 1');
        expect(await pending()).toBe(true);
        await one.hasNoted('attempt 2');
        expect(await pending()).toBe(true);
        running.open();
        await one.isIdle('demo-clip', 'clip');
      });
    });

    describe('a job that is removed', () => {
      test('never comes up, and may be added again', async () => {
        const one = replica();
        for (const id of ['first', 'second']) {
          await one.queue.add('demo-clip', { slug: id }, { id });
        }
        await one.queue.remove('demo-clip', 'first');
        expect(await one.queue.isPending('demo-clip', 'first')).toBe(false);
        await one.consume({ 'demo-clip': ({ slug }) => one.note(slug) });
        await one.hasNoted('second');
        await one.queue.add('demo-clip', { slug: 'again' }, { id: 'first' });
        await one.hasNoted('again');
        expect(one.notes).toEqual(['second', 'again']);
      });

      test('while it has a priority, or waits to be tried again, is gone as well', async () => {
        const one = replica();
        await one.queue.add('demo-clip', { slug: 'later' }, { id: 'later', priority: 9 });
        await one.queue.remove('demo-clip', 'later');
        await one.consume({
          'demo-clip': async ({ slug }, { number }) => {
            await one.note(`${slug} ${number}`);
            throw new Error('try again');
          },
        });
        await one.queue.add('demo-clip', { slug: 'failing' }, { id: 'failing' });
        await one.hasNoted('failing 1');
        await until(async () => {
          await one.queue.remove('demo-clip', 'failing');
          return !(await one.queue.isPending('demo-clip', 'failing'));
        });
        await sleep(2000);
        expect(one.notes).toEqual(['failing 1']);
      });

      test('while it runs is left to its end', async () => {
        const one = replica();
        const running = latch();
        await one.consume({
          'demo-clip': async ({ slug }) => {
            await one.note(slug);
            await running.opened;
          },
        });
        await one.queue.add('demo-clip', { slug: 'a' }, { id: 'clip' });
        await one.hasNoted('a');
        await one.queue.remove('demo-clip', 'clip');
        expect(await one.queue.isPending('demo-clip', 'clip')).toBe(true);
        running.open();
        await one.isIdle('demo-clip', 'clip');
      });

      test('that nobody has added is no error', async () => {
        await expect(replica().queue.remove('demo-clip', 'nothing')).resolves.toBeUndefined();
      });
    });

    test('a job holds up none of another queue: the demo no encode, and that no mail', async () => {
      const one = replica();
      const takeLong = async (name: string, signal: AbortSignal) => {
        await one.note(name);
        await aborted(signal);
      };
      await one.consume({
        'demo-clip': (_, { signal }) => takeLong('demo', signal),
        encode: (_, { signal }) => takeLong('encode', signal),
        'mail-link': () => one.note('mail'),
      });
      await one.queue.add('demo-clip', { slug: 'a' }, { id: 'clip' });
      await one.hasNoted('demo');
      await one.queue.add('encode', { ...ids, run_id: 'a' }, { id: 'encode' });
      await one.hasNoted('encode');
      await one.queue.add('mail-link', link('a@example.com'));
      await one.hasNoted('mail');
    });

    describe('the position of a job', () => {
      test('is how many come before it, in the order in which they come up', async () => {
        const one = replica();
        const running = latch();
        const position = (id: string) => one.queue.position('demo-clip', id);
        await one.consume({
          'demo-clip': async ({ slug }) => {
            await one.note(slug);
            await running.opened;
          },
        });
        await one.queue.add('demo-clip', { slug: 'running' }, { id: 'running' });
        await one.hasNoted('running');
        for (const [id, priority] of [
          ['demo', 100],
          ['first', undefined],
          ['urgent', 1],
          ['second', undefined],
        ] as const) {
          await one.queue.add('demo-clip', { slug: id }, { id, ...(priority ? { priority } : {}) });
        }
        const ids = ['first', 'second', 'urgent', 'demo'];
        expect(await Promise.all(ids.map(position))).toEqual([0, 1, 2, 3]);
        expect(await position('running')).toBeUndefined();
        expect(await position('nothing')).toBeUndefined();
        running.open();
        await until(() => one.notes.length === 5);
        expect(one.notes).toEqual(['running', ...ids]);
        await one.isIdle('demo-clip', 'demo');
        expect(await position('demo')).toBeUndefined();
      });
    });

    describe('a job that fails', () => {
      test('is tried again after a growing pause, and knows its last attempt', async () => {
        const one = replica();
        const attempts: { at: number; number: number; isLast: boolean }[] = [];
        await one.consume({
          'demo-clip': (_, { number, isLast }) => {
            attempts.push({ at: Date.now(), number, isLast });
            return Promise.reject(new Error('no luck'));
          },
        });
        await one.queue.add('demo-clip', { slug: 'a' }, { id: 'clip' });
        await one.isIdle('demo-clip', 'clip');
        expect(attempts.map(({ number, isLast }) => ({ number, isLast }))).toEqual([
          { number: 1, isLast: false },
          { number: 2, isLast: false },
          { number: 3, isLast: true },
        ]);
        const [first = 0, second = 0, third = 0] = attempts.map(({ at }) => at);
        expect(second - first).toBeGreaterThanOrEqual(490);
        expect(third - second).toBeGreaterThanOrEqual(990);
      });

      test('is not tried again once it says that it cannot succeed', async () => {
        const one = replica();
        await one.consume({
          'demo-clip': async (_, { number }) => {
            await one.note(`attempt ${number}`);
            throw new PermanentJobError('never');
          },
        });
        await one.queue.add('demo-clip', { slug: 'a' }, { id: 'clip' });
        await one.isIdle('demo-clip', 'clip');
        expect(one.notes).toEqual(['attempt 1']);
      });

      test('never reaches its handler when its payload has not the agreed shape', async () => {
        const one = replica();
        await one.consume({ 'demo-clip': () => one.note('called') });
        const wrong = { film: 7 } as unknown as { slug: string };
        await one.queue.add('demo-clip', wrong, { id: 'clip' });
        await one.isIdle('demo-clip', 'clip');
        expect(one.notes).toEqual([]);
      });

      test('by having a name nobody knows holds up no other', async () => {
        const one = replica();
        const raw = store().connect();
        const background = raw.queue('background');
        await background.add('no-such-job', {}, { jobId: 'unknown' });
        await one.consume({ 'mail-link': ({ email }) => one.note(email) });
        await one.queue.add('mail-link', link('a@example.com'));
        await one.hasNoted('a@example.com');
        expect(await background.getJobState('unknown')).toBe('failed');
        await background.close();
        await raw.close();
      });
    });

    describe('a tree of jobs', () => {
      const encode = (run: string): JobNode<'encode'> => ({
        name: 'encode',
        id: `encode-${run}`,
        payload: { ...ids, run_id: run },
      });
      const tree: JobNode = {
        name: 'publish',
        id: 'publish',
        payload: ids,
        after: [
          { name: 'package', id: 'package', payload: ids, after: [encode('a'), encode('b')] },
        ],
      };

      function handlersOf(one: Replica): Partial<JobHandlers> {
        return {
          encode: ({ run_id }) => one.note(`encode ${run_id}`),
          package: () => one.note('package'),
          publish: () => one.note('publish'),
        };
      }

      test('is done from the leaves to the root', async () => {
        const one = replica();
        await one.consume({
          ...handlersOf(one),
          encode: async ({ run_id }) => {
            await sleep(100);
            await one.note(`encode ${run_id}`);
          },
        });
        await one.queue.addTree(tree);
        expect(await one.queue.isPending('publish', 'publish')).toBe(true);
        await one.isIdle('publish', 'publish');
        expect(one.notes).toEqual(['encode a', 'encode b', 'package', 'publish']);
      });

      test('is one tree when it is added twice', async () => {
        const one = replica();
        await one.queue.addTree(tree);
        await one.queue.addTree(tree);
        await one.consume(handlersOf(one));
        await one.isIdle('publish', 'publish');
        await sleep(300);
        expect(one.notes).toEqual(['encode a', 'encode b', 'package', 'publish']);
      });

      test('is finished when it is added again after some of it is done', async () => {
        const one = replica();
        const running = latch();
        await one.queue.addTree(tree);
        await one.consume({
          ...handlersOf(one),
          encode: async ({ run_id }) => {
            await one.note(`encode ${run_id}`);
            if (run_id === 'b') await running.opened;
          },
        });
        await one.hasNoted('encode b');
        await one.queue.addTree(tree);
        running.open();
        await one.isIdle('publish', 'publish');
        expect(one.notes.filter((note) => !note.startsWith('encode'))).toEqual([
          'package',
          'publish',
        ]);
      });

      test('ends with the failure of one of its jobs', async () => {
        const one = replica();
        await one.consume({
          ...handlersOf(one),
          encode: async ({ run_id }) => {
            await one.note(`encode ${run_id}`);
            if (run_id === 'b') throw new PermanentJobError('cannot be encoded');
          },
        });
        await one.queue.addTree(tree);
        await one.isIdle('package', 'package');
        await one.isIdle('publish', 'publish');
        expect(one.notes).toEqual(['encode a', 'encode b']);
      });

      test('that has failed can be added again', async () => {
        const one = replica();
        let broken = true;
        await one.consume({
          ...handlersOf(one),
          encode: async ({ run_id }) => {
            await one.note(`encode ${run_id}`);
            if (broken) throw new PermanentJobError('cannot be encoded');
          },
        });
        await one.queue.addTree(tree);
        await one.isIdle('encode', 'encode-b');
        await one.isIdle('publish', 'publish');
        broken = false;
        one.notes.length = 0;
        await one.queue.addTree(tree);
        await one.isIdle('publish', 'publish');
        expect(one.notes).toEqual(['encode a', 'encode b', 'package', 'publish']);
      });

      test('is removed as a whole by its root', async () => {
        const one = replica();
        await one.queue.addTree(tree);
        expect(await one.queue.position('encode', 'encode-b')).toBeDefined();
        await one.queue.remove('publish', 'publish');
        for (const [name, id] of [
          ['publish', 'publish'],
          ['package', 'package'],
          ['encode', 'encode-a'],
          ['encode', 'encode-b'],
        ] as const) {
          expect([id, await one.queue.isPending(name, id)]).toEqual([id, false]);
        }
        await one.consume(handlersOf(one));
        await sleep(300);
        expect(one.notes).toEqual([]);
      });

      test('that is removed while one of its jobs runs stays and comes to its end', async () => {
        const one = replica();
        const running = latch();
        await one.queue.addTree(tree);
        await one.consume({
          ...handlersOf(one),
          encode: async ({ run_id }) => {
            await one.note(`encode ${run_id}`);
            await running.opened;
          },
        });
        await one.hasNoted('encode a');
        await one.queue.remove('publish', 'publish');
        await one.queue.remove('encode', 'encode-b');
        expect(await one.queue.isPending('encode', 'encode-b')).toBe(false);
        running.open();
        await one.isIdle('publish', 'publish');
        expect(one.notes).toEqual(['encode a', 'package', 'publish']);
      });

      test('hands its priority to none but the jobs that carry it', async () => {
        const one = replica();
        await one.consume({
          encode: (_, { priority }) => one.note(`encode ${priority ?? 'without'}`),
          publish: (_, { priority }) => one.note(`publish ${priority ?? 'without'}`),
        });
        const urgent: JobNode = { ...encode('a'), priority: 7 };
        await one.queue.addTree({ name: 'publish', id: 'publish', payload: ids, after: [urgent] });
        await one.isIdle('publish', 'publish');
        expect(one.notes).toEqual(['encode 7', 'publish without']);
      });
    });

    describe('a process that stops', () => {
      test('hands its job back, and the next one runs it as the same attempt', async () => {
        const [first, second] = [replica(), replica()];
        await first.consume({
          'demo-clip': async (_, { signal }) => {
            await first.note('began');
            await aborted(signal);
            throw new Error('stopped');
          },
        });
        await first.queue.add('demo-clip', { slug: 'a' }, { id: 'clip' });
        await first.hasNoted('began');
        await first.stop();
        await second.consume({ 'demo-clip': (_, { number }) => second.note(`attempt ${number}`) });
        await second.isIdle('demo-clip', 'clip');
        expect(second.notes).toEqual(['attempt 1']);
      });

      test('leaves a job alone that ends in time', async () => {
        const [first, second] = [replica(), replica()];
        await first.consume({
          'demo-clip': async (_, { signal }) => {
            await first.note('began');
            await aborted(signal);
            await sleep(200);
          },
        });
        await first.queue.add('demo-clip', { slug: 'a' }, { id: 'clip' });
        await first.hasNoted('began');
        await first.stop();
        await second.consume({ 'demo-clip': () => second.note('again') });
        expect(await second.queue.isPending('demo-clip', 'clip')).toBe(false);
        await sleep(300);
        expect(second.notes).toEqual([]);
      });

      test('hands back a job of a tree without harm to the tree', async () => {
        const [first, second] = [replica(), replica()];
        await first.consume({
          encode: async (_, { signal }) => {
            await first.note('began');
            await aborted(signal);
            throw new Error('stopped');
          },
        });
        await first.queue.addTree({
          name: 'publish',
          id: 'publish',
          payload: ids,
          after: [{ name: 'encode', id: 'encode', payload: { ...ids, run_id: 'a' } }],
        });
        await first.hasNoted('began');
        await first.stop();
        await second.consume({
          encode: () => second.note('encode'),
          publish: () => second.note('publish'),
        });
        await second.isIdle('publish', 'publish');
        expect(second.notes).toEqual(['encode', 'publish']);
      });
    });

    describe('a schedule', () => {
      /** Installs a schedule on Saturday. */
      async function install(schedule: Schedule): Promise<void> {
        setClock(SATURDAY);
        const one = replica();
        await one.queue.schedule(schedule);
        await one.stop();
      }

      /** When the job comes up in a process that starts at a certain time. */
      async function firedAfter(start: string): Promise<string | undefined> {
        setClock(start);
        const one = replica();
        await one.consume({ 'export-video-data': () => one.note(new Date().toISOString()) });
        await until(() => one.notes.length === 1, { what: 'the job of the schedule' });
        await one.stop();
        return one.notes[0];
      }

      test('fires when its hour comes, and again a week later', async () => {
        await install(weekly);
        expect(await firedAfter('2026-03-08T05:59:58.500Z')).toMatch(/^2026-03-08T06:00:/);
        expect(await firedAfter('2026-03-15T05:59:58.500Z')).toMatch(/^2026-03-15T06:00:/);
      });

      test('means its hour in its time zone', async () => {
        await install({ ...weekly, timeZone: 'Europe/Berlin' });
        expect(await firedAfter('2026-03-08T04:59:58.500Z')).toMatch(/^2026-03-08T05:00:/);
      });

      test('that was missed is made up for once, also when it is installed again', async () => {
        await install(weekly);
        setClock(SUNDAY_MORNING);
        const [second, third] = [replica(), replica()];
        for (const one of [second, third]) {
          await one.queue.schedule(weekly);
          await one.consume({ 'export-video-data': () => one.note('exported') });
        }
        await until(() => second.notes.length + third.notes.length > 0);
        await sleep(500);
        expect([...second.notes, ...third.notes]).toEqual(['exported']);
      });

      test('that several processes install at once fires once', async () => {
        setClock(SATURDAY);
        const all = [replica(), replica(), replica(), replica()];
        await Promise.all(all.map((one) => one.queue.ping()));
        await Promise.all(all.map((one) => one.queue.schedule(weekly)));
        setClock(SUNDAY_MORNING);
        for (const one of all) {
          await one.consume({ 'export-video-data': () => one.note('exported') });
        }
        await until(() => all.some(({ notes }) => notes.length > 0));
        await sleep(500);
        expect(all.flatMap(({ notes }) => notes)).toEqual(['exported']);
      });

      test('that is changed fires at its new hour and no longer at the old one', async () => {
        setClock(SATURDAY);
        const one = replica();
        await one.queue.schedule(weekly);
        await one.queue.schedule({ ...weekly, cron: '0 10 * * 0' });
        setClock(SUNDAY_MORNING);
        await one.consume({ 'export-video-data': () => one.note('exported') });
        await sleep(500);
        expect(one.notes).toEqual([]);
        expect(await firedAfter('2026-03-08T09:59:58.500Z')).toMatch(/^2026-03-08T10:00:/);
      });
    });

    test('a process goes on when its connections are cut', async () => {
      const one = replica();
      await one.consume({ 'mail-link': ({ email }) => one.note(email) });
      await one.queue.add('mail-link', link('before@example.com'));
      await one.hasNoted('before@example.com');
      await store().cutConnections();
      await until(() =>
        one.queue.add('mail-link', link('after@example.com')).then(
          () => true,
          () => false,
        ),
      );
      await one.hasNoted('after@example.com');
    });

    test('answers a ping', async () => {
      await expect(replica().queue.ping()).resolves.toBeUndefined();
    });
  });
}

/** One process on the store, with a notebook for what its handlers did. */
class Replica {
  readonly queue: BullmqJobQueue;
  readonly notes: string[] = [];
  private stopped = false;

  constructor(bullmq: BullmqFactory) {
    this.queue = new BullmqJobQueue(bullmq, ONE_AT_A_TIME);
  }

  note = (what: string): Promise<void> => {
    this.notes.push(what);
    return Promise.resolve();
  };

  hasNoted = async (what: string): Promise<void> => {
    await until(() => this.notes.includes(what), { what: `the note "${what}"` });
  };

  /** Jobs without a handler of their own must not come up. */
  consume = async (handlers: Partial<JobHandlers>): Promise<void> => {
    const unexpected = (name: JobName) => () => this.note(`unexpected ${name}`);
    await this.queue.consume({
      prepare: unexpected('prepare'),
      'encode-first': unexpected('encode-first'),
      encode: unexpected('encode'),
      package: unexpected('package'),
      publish: unexpected('publish'),
      'demo-clip': unexpected('demo-clip'),
      'send-mail': unexpected('send-mail'),
      'mail-link': unexpected('mail-link'),
      'remove-demo-guests': unexpected('remove-demo-guests'),
      'erase-accounts': unexpected('erase-accounts'),
      'clear-expired': unexpected('clear-expired'),
      'sweep-uploads': unexpected('sweep-uploads'),
      'purge-deleted-videos': unexpected('purge-deleted-videos'),
      'release-spent-sources': unexpected('release-spent-sources'),
      'refresh-trends': unexpected('refresh-trends'),
      'export-video-data': unexpected('export-video-data'),
      ...handlers,
    });
  };

  isIdle = async (name: JobName, id: string): Promise<void> => {
    await until(async () => !(await this.queue.isPending(name, id)), { what: `the end of ${id}` });
  };

  stop = async (): Promise<void> => {
    if (this.stopped) return;
    this.stopped = true;
    await this.queue.beforeApplicationShutdown();
    await this.queue.onApplicationShutdown();
  };
}

function latch(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

import {
  AT_ONCE,
  can,
  followed,
  isUnderway,
  patience,
  percentOf,
  startable,
  type QueuedUpload,
  type UploadState,
} from '../../../../web/src/upload/queue.js';

const STATES: Record<UploadState['name'], UploadState> = {
  waiting: { name: 'waiting' },
  sending: { name: 'sending' },
  paused: { name: 'paused' },
  stalled: { name: 'stalled', reason: 'The connection is lost.' },
  failed: { name: 'failed', reason: 'The file holds no bytes.' },
  duplicate: { name: 'duplicate', videoId: 'a' },
  sent: { name: 'sent', videoId: 'a', isSettled: false },
};
const SETTLED: UploadState = { name: 'sent', videoId: 'b', isSettled: true };

const queue = (...states: UploadState[]): QueuedUpload[] =>
  states.map((state, index) => ({
    key: String(index),
    file: new File(['film'], 'film.mp4'),
    metadata: undefined,
    url: undefined,
    sentBytes: 0,
    bytesPerSecond: undefined,
    state,
  }));

const keysOf = (uploads: readonly QueuedUpload[]) => uploads.map(({ key }) => key);

test('the first two that wait may begin, and the others wait', () => {
  const { waiting } = STATES;
  expect(AT_ONCE).toBe(2);
  expect(keysOf(startable(queue(waiting, waiting, waiting)))).toEqual(['0', '1']);
});

test('whoever sends, or has lost the connection, keeps the place', () => {
  const { waiting, sending, stalled, paused, sent, failed, duplicate } = STATES;
  expect(startable(queue(sending, stalled, waiting))).toEqual([]);
  expect(keysOf(startable(queue(stalled, waiting, waiting)))).toEqual(['1']);
  const others = queue(paused, sent, failed, duplicate, waiting, waiting, waiting);
  expect(keysOf(startable(others))).toEqual(['4', '5']);
});

test('every state has its commands', () => {
  const commands = (['pause', 'resume', 'retry', 'cancel', 'remove'] as const).map(
    (command) => [command, names((state) => can(command, { state }))] as const,
  );
  expect(Object.fromEntries(commands)).toEqual({
    pause: ['waiting', 'sending', 'stalled'],
    resume: ['paused'],
    retry: ['failed'],
    cancel: ['waiting', 'sending', 'paused', 'stalled', 'failed'],
    remove: ['duplicate', 'sent'],
  });
});

test('the page may be left when nothing is on its way', () => {
  expect(names((state) => isUnderway({ state }))).toEqual(['waiting', 'sending', 'stalled']);
});

test('two processings are followed, and those that are over', () => {
  const { sent, waiting } = STATES;
  const list = queue(sent, waiting, SETTLED, sent, sent, sent);
  expect([...followed(list)].sort()).toEqual(['0', '2', '3']);
});

test('tries become rarer, up to one in half a minute', () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(patience)).toEqual([1, 2, 4, 8, 16, 30, 30]);
});

test('a share is between nothing and all of it', () => {
  expect(percentOf(1, 4)).toBe(25);
  expect(percentOf(5, 4)).toBe(100);
  expect(percentOf(0, 0)).toBe(0);
});

function names(fits: (state: UploadState) => boolean): string[] {
  return Object.values(STATES)
    .filter(fits)
    .map(({ name }) => name);
}

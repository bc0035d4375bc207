import { PlaybackMonitor } from '../../../../web/src/player/playback-monitor.js';

let time: number;
let monitor: PlaybackMonitor;

beforeEach(() => {
  time = 1000;
  monitor = new PlaybackMonitor(() => time);
});

const after = (milliseconds: number, happens: () => void) => {
  time += milliseconds;
  happens();
};

const quiet = { stall_count: 0, stall_seconds: 0, switch_count: 0, watched_seconds: 0, errors: {} };

test('the start takes from the wish to the first picture, and is told once', () => {
  monitor.wish();
  after(30_000, monitor.wish);
  after(400, monitor.stall);
  after(20, monitor.play);
  expect(monitor.take()).toEqual({ ...quiet, startup_ms: 420 });
  after(10, monitor.halt);
  after(10, monitor.wish);
  after(10, monitor.play);
  expect(monitor.take()).toEqual({ ...quiet, watched_seconds: 0.01 });
});

test('a stall lasts until it plays on, across what is told meanwhile', () => {
  monitor.wish();
  monitor.play();
  after(2000, monitor.stall);
  after(500, () => undefined);
  expect(monitor.take()).toMatchObject({ stall_count: 1, stall_seconds: 0.5, watched_seconds: 2 });
  after(1500, monitor.play);
  after(1000, () => undefined);
  expect(monitor.take()).toEqual({ ...quiet, stall_seconds: 1.5, watched_seconds: 1 });
});

test('a pause and a jump are neither watched nor stalls', () => {
  monitor.wish();
  monitor.play();
  monitor.take();
  after(1000, monitor.halt);
  after(5000, monitor.stall);
  after(5000, monitor.halt);
  expect(monitor.take()).toEqual({ ...quiet, watched_seconds: 1 });
});

test('switches and errors are counted, and nothing is told of nothing', () => {
  expect(monitor.take()).toBeUndefined();
  monitor.switched();
  monitor.fail('decode');
  monitor.fail('decode');
  expect(monitor.take()).toEqual({ ...quiet, switch_count: 1, errors: { decode: 2 } });
  expect(monitor.take()).toBeUndefined();
});

test('a machine that slept for a night has watched for an hour at most', () => {
  monitor.wish();
  monitor.play();
  after(8 * 3_600_000, monitor.halt);
  expect(monitor.take()).toMatchObject({ watched_seconds: 3600 });
});

import fc from 'fast-check';
import { KeyFrameMeter } from '../../../src/media/key-frame-meter.js';

interface Frame {
  seconds: number;
  isKey: boolean;
}

interface Film {
  /** In the order they are decoded. */
  frames: Frame[];
  seconds: number;
  longestGap: number;
}

const measure = (frames: readonly Frame[]) => {
  const meter = new KeyFrameMeter();
  for (const { seconds, isKey } of frames) meter.add(seconds, isKey);
  return meter.measured();
};

/** Frames at some times, of which some are key frames. */
const shownAt = (times: readonly number[], keys: readonly number[] = [0]): Frame[] =>
  times.map((seconds, place) => ({ seconds, isKey: keys.includes(place) }));

/** Frames of a steady rate, told exactly. */
const steady = (framesPerSecond: number, count: number, keys: readonly number[]): Frame[] =>
  shownAt(
    Array.from({ length: count }, (_, place) => place / framesPerSecond),
    keys,
  );

const MOST_FRAMES = 150;

/** From one frame to the next: a rate for all of them, or any times, also with gaps. */
const anyDistances = fc.oneof(
  fc
    .oneof(
      fc.constantFrom(1, 10, 12, 23.976, 24, 25, 29.97, 30, 48, 50, 60, 240),
      fc.double({ min: 1, max: 240, noNaN: true }),
    )
    .map((rate) => Array.from({ length: MOST_FRAMES }, () => 1 / rate)),
  fc.array(fc.double({ min: 0.002, max: 10, noNaN: true }), {
    minLength: MOST_FRAMES,
    maxLength: MOST_FRAMES,
  }),
);

/** How a container tells the time: exactly, in whole milliseconds, or in ticks of 90 kHz. */
const anyClock = fc.constantFrom(
  (seconds: number) => seconds,
  (seconds: number) => Math.round(seconds * 1000) / 1000,
  (seconds: number) => Math.floor(seconds * 90_000) / 90_000,
);

/** Beginning with a key frame; the others come in any order, their key frames one after the other. */
const anyFilm: fc.Arbitrary<Film> = fc
  .record({
    distances: anyDistances,
    clock: anyClock,
    count: fc.integer({ min: 2, max: MOST_FRAMES }),
    keyPlaces: fc.array(fc.nat({ max: MOST_FRAMES - 1 }), { maxLength: 12 }),
    startSeconds: fc.oneof(fc.constant(0), fc.double({ min: -10, max: 90_000, noNaN: true })),
    delays: fc.array(fc.double({ min: 0, max: 16, noNaN: true }), { maxLength: MOST_FRAMES }),
  })
  .map(({ distances, clock, count, keyPlaces, startSeconds, delays }) => {
    let at = startSeconds;
    const times = distances.slice(0, count).map((distance) => {
      at += distance;
      return clock(at);
    });
    const frames = shownAt(times, [0, ...keyPlaces]);
    const turns = frames.map(({ isKey }, place) => place + (isKey ? 0 : (delays[place] ?? 0)));
    const [first = NaN, last = NaN] = [times[0], times.at(-1)];
    const end = last + (last - first) / (count - 1);
    const keys = frames.filter(({ isKey }) => isKey).map(({ seconds }) => seconds);
    return {
      frames: frames
        .map((frame, place) => ({ frame, turn: place === 0 ? -1 : (turns[place] ?? place) }))
        .sort((a, b) => a.turn - b.turn)
        .map(({ frame }) => frame),
      seconds: end - first,
      longestGap: Math.max(...keys.map((key, nth) => (keys[nth + 1] ?? end) - key)),
    };
  });

describe('measuring key frames', () => {
  it('finds the longest way between them, whatever the times, the clock and the order', () => {
    fc.assert(
      fc.property(anyFilm, ({ frames, seconds, longestGap }) => {
        const measured = measure(frames);
        expect(measured?.frames).toBe(frames.length);
        expect(measured?.seconds).toBeCloseTo(seconds, 9);
        expect(measured?.longestGapSeconds).toBeCloseTo(longestGap, 9);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['to the next one', 25, 100, [0, 10, 60, 90], 2],
    ['to the end', 25, 100, [0, 10, 20], 3.2],
    ['of a film with one', 25, 75, [0], 3],
    ['of a film of nothing else', 25, 3, [0, 1, 2], 0.04],
    ['of two frames', 25, 2, [0], 0.08],
    ['of NTSC', 30_000 / 1001, 120, [0, 60], 2.002],
  ])('counts %s', (_, framesPerSecond, count, keys, longestGapSeconds) => {
    const measured = measure(steady(framesPerSecond, count, keys));
    expect(measured?.frames).toBe(count);
    expect(measured?.seconds).toBeCloseTo(count / framesPerSecond, 9);
    expect(measured?.longestGapSeconds).toBeCloseTo(longestGapSeconds, 9);
  });

  it('counts the time that nothing new is shown in', () => {
    // 30 frames a second, nothing for five seconds, and one frame a second.
    const measured = measure(shownAt([0, 1 / 30, 2 / 30, 5, 6, 7, 8], [0, 4]));
    expect(measured?.seconds).toBeCloseTo(8 + 8 / 6, 9);
    expect(measured?.longestGapSeconds).toBeCloseTo(6, 9);
  });

  it('follows ten hours of NTSC in milliseconds', () => {
    const framesPerSecond = 30_000 / 1001;
    const meter = new KeyFrameMeter();
    const count = Math.floor(36_000 * framesPerSecond);
    for (let place = 0; place < count; place += 1) {
      meter.add(Math.round((place / framesPerSecond) * 1000) / 1000, place % 60 === 0);
    }
    expect(meter.measured()?.frames).toBe(count);
    expect(meter.measured()?.seconds).toBeCloseTo(count / framesPerSecond, 2);
    // Both ends are rounded.
    expect(Math.abs((meter.measured()?.longestGapSeconds ?? 0) - 2.002)).toBeLessThan(0.0011);
  });

  it('says the same when asked again, and goes on', () => {
    const meter = new KeyFrameMeter();
    for (const { seconds, isKey } of steady(25, 10, [0, 3])) meter.add(seconds, isKey);
    const measured = meter.measured();
    expect(measured).toEqual(measure(steady(25, 10, [0, 3])));
    expect(meter.measured()).toEqual(measured);
    meter.add(10 / 25, false);
    expect(meter.measured()).toEqual(measure(steady(25, 11, [0, 3])));
  });
});

describe('there is nothing to measure', () => {
  it('of frames of which one has no time', () => {
    fc.assert(
      fc.property(anyFilm, fc.nat(), ({ frames }, nth) => {
        const timeless = frames.map((frame, turn) =>
          turn === nth % frames.length ? { ...frame, seconds: Number.NaN } : frame,
        );
        expect(measure(timeless)).toBeUndefined();
      }),
    );
  });

  it('of frames that begin with none to decode from', () => {
    fc.assert(
      fc.property(anyFilm, ({ frames: [first, ...others] }) => {
        const frames = first ? [{ ...first, isKey: false }, ...others] : others;
        expect(measure(frames)).toBeUndefined();
      }),
    );
  });

  it('of frames of which one is shown before the first one, as where a clock jumps back', () => {
    const anyEarlier = fc.double({ min: 0.001, max: 90_000, noNaN: true });
    fc.assert(
      fc.property(anyFilm, fc.nat(), anyEarlier, ({ frames }, nth, earlier) => {
        const at = 1 + (nth % (frames.length - 1));
        const begin = frames[0]?.seconds ?? 0;
        const early = frames.map((frame, turn) =>
          turn === at ? { ...frame, seconds: begin - earlier } : frame,
        );
        expect(measure(early)).toBeUndefined();
      }),
    );
  });

  it('of one frame, or none', () => {
    expect(measure([])).toBeUndefined();
    expect(measure(shownAt([4]))).toBeUndefined();
  });
});

type FakeableAPI = NonNullable<FakeTimersConfig['doNotFake']>[number];

/** Everything Jest can fake but the date: waiting stays real. */
const REAL: FakeableAPI[] = [
  'cancelAnimationFrame',
  'cancelIdleCallback',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'requestAnimationFrame',
  'requestIdleCallback',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

/** Sets this process's clock, which goes on from there until `jest.useRealTimers()`. */
export function setClock(now: Date | string): void {
  jest.useFakeTimers({ now: new Date(now), doNotFake: REAL, advanceTimers: true });
}

/** Stops this process's clock until `jest.useRealTimers()`. */
export function stopClock(): void {
  jest.useFakeTimers({ now: Date.now(), doNotFake: REAL });
}

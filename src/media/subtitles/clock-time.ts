const MAX_LENGTH = 20;

/** How a format writes its times; the groups are hours, minutes, seconds and the fraction. */
export const SRT_TIME = /^(\d{1,4}):(\d{1,2}):(\d{1,2})[,.](\d{1,3})$/;
export const WEBVTT_TIME = /^(?:(\d{2,4}):)?(\d{2}):(\d{2})\.(\d{3})$/;
export const ASS_TIME = /^(\d{1,4}):(\d{1,2}):(\d{1,2})[.:](\d{1,3})$/;

/** Seconds of a clock's time, exact to the millisecond; undefined when it is none. */
export function clockSeconds(text: string, format: RegExp): number | undefined {
  const match = text.length <= MAX_LENGTH ? format.exec(text) : null;
  if (!match) return undefined;
  // Some formats leave out the hours.
  const [, hours = 0, minutes = 0, seconds = 0, fraction = ''] = match;
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  if (Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return (whole * 1000 + Number(fraction.padEnd(3, '0'))) / 1000;
}

/** Seconds as WebVTT writes them: `01:02:03.456`. */
export function webvttTime(seconds: number): string {
  const total = Math.round(seconds * 1000);
  const part = (unit: number, size: number, digits: number) =>
    String(Math.floor(total / unit) % size).padStart(digits, '0');
  const clock = [part(3_600_000, Infinity, 2), part(60_000, 60, 2), part(1000, 60, 2)];
  return `${clock.join(':')}.${part(1, 1000, 3)}`;
}

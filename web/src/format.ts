/** Seconds as a player shows them: `0:07`, `12:03`, `1:02:03`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const parts = [Math.floor(whole / 60) % 60, whole % 60];
  const hours = Math.floor(whole / 3600);
  const padded = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return hours > 0 ? `${hours}:${padded}` : padded.replace(/^0/, '');
}

/** Seconds as a person says them: `45 s`, `3 min`, `1 h 20 min`. */
export function spoken(seconds: number): string {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

/** What is left of a transfer, in steps that do not flicker; undefined while nothing moves. */
export function timeLeft(bytesLeft: number, bytesPerSecond: number): string | undefined {
  const seconds = bytesLeft / bytesPerSecond;
  if (!(bytesPerSecond > 0) || !Number.isFinite(seconds)) return undefined;
  if (seconds <= 5) return 'a few seconds left';
  return `about ${spoken(seconds < 60 ? Math.ceil(seconds / 5) * 5 : seconds)} left`;
}

/** A time to wait, in whole words and never too short: `45 seconds`, `1 hour 20 minutes`. */
export function inWords(seconds: number): string {
  if (seconds <= 90) return counted(Math.max(1, Math.ceil(seconds)), 'second');
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return counted(minutes, 'minute');
  const rest = minutes % 60;
  const hours = counted(Math.floor(minutes / 60), 'hour');
  return rest === 0 ? hours : `${hours} ${counted(rest, 'minute')}`;
}

/** `1 code`, `2 codes`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Bytes in decimal units, as file managers and network speeds count them. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[power] ?? 'B'}`;
}

export const day = (iso: string): string =>
  new Intl.DateTimeFormat('en', { dateStyle: 'medium' }).format(new Date(iso));

export const moment = (iso: string): string =>
  new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));

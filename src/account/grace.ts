const GRACE_DAYS = 14;
const DAY_MILLISECONDS = 24 * 3_600_000;

/** When an account is erased whose owner asks for it now. */
export function erasureDate(requestedAt: Date): Date {
  return new Date(requestedAt.getTime() + GRACE_DAYS * DAY_MILLISECONDS);
}

/** Accounts whose deletion was asked for before this are to be erased now. */
export function graceEndsBefore(now: Date): Date {
  return daysBefore(now, GRACE_DAYS);
}

export function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * DAY_MILLISECONDS);
}

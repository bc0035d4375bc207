let last = 0;

/**
 * Now, for the key of an upload: two files of one name may come in the same millisecond, and their keys
 * must differ.
 */
export function uploadMoment(): Date {
  last = Math.max(Date.now(), last + 1);
  return new Date(last);
}

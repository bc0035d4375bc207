import { useEffect, useRef, type RefObject } from 'react';

/**
 * Finds the focus a place when what had it has gone, such as the form with the last file, or a row:
 * the first of `places` that is there. `counts` says how much there is of what can go.
 */
export function useFocusKept(
  counts: readonly number[],
  places: readonly RefObject<HTMLElement | null>[],
): void {
  const before = useRef(counts);
  useEffect(() => {
    const isLess = counts.some((count, index) => count < (before.current[index] ?? 0));
    before.current = counts;
    if (!isLess || document.activeElement !== document.body) return;
    places.find(({ current }) => current !== null)?.current?.focus();
  }, counts);
}
